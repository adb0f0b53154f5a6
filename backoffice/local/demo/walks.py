"""How one customer is brought on: each call does what can be done now, by the verb and the person for it.

What was done is read from the database, never remembered: so a demo that was cut off goes on where it stood.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from backoffice.audit import Actor
from backoffice.local.demo import papers, people, readings, screenings, staff
from backoffice.local.demo.carrying import carry
from backoffice.local.demo.cast import Customer, Way
from backoffice.local.demo.oceafin import control
from customers import services as customers
from customers.models import Customer as CustomerRow
from customers.states import Standing
from onboarding import plausibility, review, services
from onboarding.models import Case, CaseDocument, Decision
from onboarding.second_look import services as second_look
from onboarding.states import CASE, CaseState

REVIEWER, SECOND, SIGNER = "reviewer2", "mlro", "lead"
STAYS_OPEN = {Way.SECOND_LOOK, Way.OPEN, Way.HALF_READ, Way.READY, Way.ASKED, Way.DECLINED, Way.WITHDRAWN}
AFTER_APPROVAL = {Way.SUSPENDED, Way.CLOSED, Way.RESTRICTED, Way.OFFBOARDING}
QUESTION = "Please send a bill or a bank letter of the last three months that shows your address."


class Walk:
    """One customer's way. `go_on(now)` returns whether it has arrived."""

    def __init__(self, customer: Customer, *, now: datetime) -> None:
        self.customer = customer
        self.came_at = now - timedelta(hours=customer.hours)

    def go_on(self, now: datetime) -> bool:
        row = self._row()
        if self.customer.way == Way.TOLD:
            return True
        case = row.cases.order_by("-id").first() or self._handed_in(row)
        return self._reviewed(case, now) and self._decided(row, case, now)

    def _row(self) -> CustomerRow:
        known = CustomerRow.objects.filter(partner_customer_ref=self.customer.ref).first()
        if known is not None:
            return known
        row = customers.create_customer(
            partner_customer_ref=self.customer.ref,
            customer_type="CORPORATE" if self.customer.is_company else "INDIVIDUAL",
            display_name=self.customer.name,
            metadata={"simulate": self.customer.plays},
            actor=staff.program(),
            now=self.came_at,
        )
        # At once: it came hours ago by its own clock, and would look late in the queue.
        carry()
        row.refresh_from_db()
        return row

    def _handed_in(self, row: CustomerRow) -> Case:
        program = staff.program()
        documents = papers.hand_in(self.customer, row, actor=program, now=self.came_at)
        case, _new = services.open_case(
            customer=row,
            case_ref=f"case-{self.customer.number}",
            details=papers.details_of(self.customer, consented_at=self.came_at),
            document_ids=[document.document_id for document in documents],
            actor=program,
            now=self.came_at,
        )
        screenings.screen(self.customer, case, actor=program, now=self.came_at)
        return case

    def _reviewed(self, case: Case, now: datetime) -> bool:
        """Bring the case through our own hands. False while there is more to do in it."""
        way, state = self.customer.way, CaseState(case.state)
        if way == Way.OPEN:
            return True
        if way == Way.WITHDRAWN and state == CaseState.OPEN:
            reason = "The customer changed their mind."
            services.withdraw_case(case=case, reason=reason, actor=staff.program(), now=now)
        elif state == CaseState.OPEN:
            case = services.claim_case(case=case, actor=staff.actor(REVIEWER), now=now)
        if case.state == CaseState.IN_REVIEW:
            self._looked_at(case, now)
        elif case.state == CaseState.READY and way not in STAYS_OPEN:
            _sign(case, now)
        return True

    def _looked_at(self, case: Case, now: datetime) -> None:
        """By one person, and where it is called for by another one who decides the same."""
        if second_look.open_for(case) is None:
            self._judge(case, staff.actor(REVIEWER), now)
        if self.customer.way != Way.SECOND_LOOK and second_look.open_for(case) is not None:
            case = services.claim_case(case=case, actor=staff.actor(SECOND), now=now)
            self._judge(case, staff.actor(SECOND), now)

    def _judge(self, case: Case, actor: Actor, now: datetime) -> None:
        way = self.customer.way
        rows = review.documents_of(case)
        if way == Way.HALF_READ:
            if rows[0].decision == Decision.PENDING:
                readings.read(self.customer, rows[0], actor=actor, now=now)
            _accept(rows[:1], actor, now)
            return
        if way == Way.DECLINED:
            reason = "The documents do not belong together, and two answers on the source of funds differ."
            services.decline_case(case=case, reason=reason, actor=actor, now=now)
            return
        if way == Way.ASKED:
            _accept(rows[:1], actor, now)
            services.decide_document(
                case_document=rows[-1],
                decision=Decision.REJECTED,
                reason_code="UNREADABLE",
                actor=actor,
                now=now,
            )
            services.ask_for_more(
                case=case, text_for_customer=QUESTION, note="The photo is blurred.", actor=actor, now=now
            )
            return
        _accept(rows, actor, now)
        people.accept(case, actor, now)
        case = services.accept_case(case=case, actor=actor, now=now)
        if case.state == CaseState.READY and way not in STAYS_OPEN:
            _sign(case, now)

    def _decided(self, row: CustomerRow, case: Case, now: datetime) -> bool:
        """Whether Oceafin has decided what it decides, and what comes after the approval has come."""
        way = self.customer.way
        if way in STAYS_OPEN:
            return True
        case.refresh_from_db()
        row.refresh_from_db()
        if self.customer.plays == "slow":
            return case.state not in {CaseState.READY, CaseState.SUBMITTING}
        if case.state not in {*CASE.final, CaseState.MISSING_INFO}:
            return False
        return way not in AFTER_APPROVAL or self._befallen(row, now)

    def _befallen(self, row: CustomerRow, now: datetime) -> bool:
        way = self.customer.way
        if way in {Way.SUSPENDED, Way.CLOSED}:
            if row.oceafin_status != way:
                control("advance", resourceType="customer", ref=row.partner_customer_ref, status=way.value)
            return row.oceafin_status == way
        standing = Standing(way.value)
        if row.standing != standing:
            reason = {
                Standing.RESTRICTED: "A payment pattern is being looked into.",
                Standing.OFFBOARDING: "The company asked us to close its accounts.",
            }[standing]
            customers.change_standing(
                row, standing=standing, reason=reason, actor=staff.actor(SIGNER), now=now
            )
        return True


def is_approved(customer: Customer) -> bool:
    return CustomerRow.objects.filter(
        partner_customer_ref=customer.ref, oceafin_status="APPROVED", standing=Standing.ACTIVE
    ).exists()


def hurry(rows: list[Customer]) -> Callable[[], None]:
    """For the time in which no webhook can arrive: ask Oceafin for each customer that waits for its word."""

    def ask() -> None:
        from django.utils import timezone

        waiting = CustomerRow.objects.filter(
            partner_customer_ref__in=[row.ref for row in rows],
            cases__state__in=[CaseState.SUBMITTED, CaseState.PROCESSING, CaseState.SUBMITTING],
            oceafin_customer_id__isnull=False,
        )
        for row in waiting.distinct():
            try:
                customers.ask_again(row, actor=Actor.system("demo"), now=timezone.now())
            except (customers.AlreadyAsking, customers.NotKnownYet):
                continue

    return ask


def _accept(rows: list[CaseDocument], actor: Actor, now: datetime) -> None:
    for row in rows:
        if row.decision == Decision.PENDING:
            good_until = papers.good_until(now.date()) if plausibility.must_say_expiry(row.document) else None
            services.decide_document(
                case_document=row, decision=Decision.ACCEPTED, expires_on=good_until, actor=actor, now=now
            )


def _sign(case: Case, now: datetime) -> None:
    signer = staff.actor(SIGNER)
    case = services.claim_case(case=case, actor=signer, now=now)
    services.attest_and_submit(
        case=case, seen_digest=review.content_digest(case), second_factor_at=now, actor=signer, now=now
    )
