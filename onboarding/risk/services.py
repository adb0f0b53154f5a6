"""Rating a case by the matrix in force, overriding it, and making a new version of the matrix."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Subquery
from django.utils.translation import gettext as _

from backoffice import audit, references, vault
from backoffice.audit import Actor
from backoffice.staff import rights
from backoffice.staff.roles import Right
from customers.models import Customer
from customers.screening import services as screening
from customers.screening import standing
from customers.screening.subjects import CUSTOMER
from onboarding import due, errors, guards
from onboarding.models import Case
from onboarding.risk import matrix
from onboarding.risk.levels import Level
from onboarding.risk.models import RATING_CONTEXT, TEXT_CONTEXT, Matrix, Rating, RatingKind
from onboarding.risk.table import checked
from onboarding.states import AMENDABLE, OURS, CaseState

BY_ITSELF = Actor.system("risk matrix")


def matrix_in_force() -> Matrix | None:
    """The newest version; None in a house that has none, where every case stays unrated."""
    return Matrix.objects.order_by("-version").first()


def rating_of(case: Case) -> Rating | None:
    """The rating that counts now: the last one. `newest_version` is the matrix in force at this moment."""
    newest = Matrix.objects.order_by("-version").values("version")[:1]
    rows = case.ratings.select_related("matrix", "rated_by", "case__customer").defer("matrix__table")
    return rows.annotate(newest_version=Subquery(newest)).order_by("-id").first()


def level_of_customer(customer: Customer) -> str:
    """The level of the newest case that was rated; empty where none was."""
    rated = Case.objects.filter(customer=customer).exclude(risk_level="").order_by("-id")
    return rated.values_list("risk_level", flat=True).first() or ""


def rate_case(case: Case, details: dict[str, Any], *, now: datetime) -> Rating | None:
    """Rate a case whose row is locked. The same facts under the same version change nothing, so that what a lead
    decided stands; other facts are rated anew, and the lead decides again."""
    newest = matrix_in_force()
    if newest is None:
        return None
    facts = matrix.facts_of(details, submission_type=case.submission_type, pep=_pep(case.customer, now))
    digest = references.request_digest({"facts": facts, "version": newest.version})
    last = rating_of(case)
    if last is not None and last.facts_digest == digest:
        return last
    outcome = matrix.rate(newest.table, facts)
    kept = {"reasons": [asdict(reason) for reason in outcome.reasons], "mediums": outcome.mediums}
    rating = Rating.objects.create(
        case=case,
        matrix=newest,
        kind=RatingKind.MATRIX,
        level=outcome.level.value,
        matrix_level=outcome.level.value,
        facts_digest=digest,
        reasons_sealed=_sealed(case, json.dumps(kept, ensure_ascii=False), RATING_CONTEXT),
        rated_at=now,
    )
    facts_kept = {"level": outcome.level.value, "matrix": newest.version}
    _take_over(case, rating)
    audit.record(actor=BY_ITSELF, verb="case.rated", subject=case, now=now, facts=facts_kept)
    return rating


def rate_open_case(customer: Customer, now: datetime) -> None:
    """What is known of a customer has changed: rate the case that can still be changed, if there is one."""
    open_cases = Case.objects.filter(customer=customer, state__in=[state.value for state in AMENDABLE])
    case = open_cases.select_for_update(no_key=True).first()
    if case is not None:
        case.customer = customer
        try:
            details = case.details
        except vault.KeyDestroyed:
            return
        rate_case(case, details, now=now)


def take_amendment(
    case: Case, before: dict[str, Any], after: dict[str, Any], *, actor: Actor, now: datetime
) -> None:
    """The data of a locked case was amended: rate it anew; another name or birthday needs another screening."""
    if _identity(before) != _identity(after):
        screening.outdate_screenings(customer=case.customer, subject_key=CUSTOMER, actor=actor, now=now)
    rate_case(case, after, now=now)


@dataclass(frozen=True)
class RatedAgain:
    """What came of rating a case again; `before` is None where it had no rating, both where there is no matrix."""

    before: Rating | None
    after: Rating | None


@transaction.atomic
def rate_again(*, case: Case, actor: Actor, now: datetime) -> RatedAgain:
    """Rate a case by the matrix in force; a case keeps its rating when a new version is made.

    What a lead decided, only a lead puts under the matrix again. Raises CannotBeDone, NotAllowed.
    """
    case, _customer = guards.locked(case)
    guards.reviewer(actor, now)
    guards.expect(case, AMENDABLE, _("Its risk was rated before it went to Oceafin, and stays so."))
    before = rating_of(case)
    if before is not None and before.kind == RatingKind.OVERRIDE:
        rights.require(actor, Right.LEAD_CASES, now)
    return RatedAgain(before, rate_case(case, case.details, now=now))


@transaction.atomic
def override_rating(*, case: Case, level: str, text: str, actor: Actor, now: datetime) -> Case:
    """A lead decides another level, and says why. It stands until the facts of the case change.

    Raises ReasonNeeded, CannotBeDone, NotAllowed.
    """
    case, _customer = guards.locked(case)
    user = rights.require(actor, Right.LEAD_CASES, now)
    guards.expect(case, AMENDABLE, _("Its risk was rated before it went to Oceafin, and stays so."))
    words = guards.needed(text)
    last = rating_of(case)
    if last is None:
        raise errors.CannotBeDone(_("This case was not rated yet, and counts as high. Make a matrix first."))
    if level not in set(Level):
        raise errors.CannotBeDone(_("Choose low, medium or high."))
    rating = Rating.objects.create(
        case=case,
        matrix=last.matrix,
        kind=RatingKind.OVERRIDE,
        level=level,
        matrix_level=last.matrix_level,
        facts_digest=last.facts_digest,
        reasons_sealed=last.reasons_sealed,
        text_sealed=_sealed(case, words, TEXT_CONTEXT),
        rated_at=now,
        rated_by=user,
    )
    _take_over(case, rating)
    facts = {"level": level, "from": last.level, "matrix": last.matrix.version}
    key = case.customer.vault_key
    audit.record(
        actor=actor,
        verb="case.risk_overridden",
        subject=case,
        now=now,
        facts=facts,
        note=words,
        customer_key=key,
    )
    return case


@transaction.atomic
def make_matrix(*, table: matrix.Table, based_on: int, note: str, actor: Actor, now: datetime) -> Matrix:
    """Make the next version of the matrix from version `based_on`. Cases keep the rating that they have.

    Raises BadTable (what is wrong), ChangedSinceSeen (somebody made a version meanwhile), ReasonNeeded, NotAllowed.
    """
    rights.require(actor, Right.LEAD_CASES, now)
    words = guards.needed(note)
    table = checked(table)
    # One at a time: the newest is read only after the first version, which never changes, was locked.
    Matrix.objects.select_for_update().order_by("version").first()
    newest = matrix_in_force()
    number = newest.version if newest else 0
    if number != based_on:
        raise errors.ChangedSinceSeen(
            _("Somebody has made version %(number)d meanwhile. Look at it before you make another.")
            % {"number": number}
        )
    made = Matrix.objects.create(
        version=number + 1, table=table, note=words[:2000], made_at=now, made_by=actor.label
    )
    facts = {"version": made.version, "table": audit_digest(table)}
    audit.record(actor=actor, verb="matrix.made", subject=made, now=now, facts=facts, note=words)
    return made


def audit_digest(table: matrix.Table) -> str:
    """A digest of a table, so that the trail says which one it was."""
    return references.request_digest(table)


def _pep(customer: Customer, now: datetime) -> str:
    stands = standing.standing_of(customer, now)
    if stands.confirmed_pep:
        return "CONFIRMED"
    return "UNDECIDED" if stands.open_pep else "NONE"


def _take_over(case: Case, rating: Rating) -> None:
    columns: dict[str, Any] = {"risk_level": rating.level}
    if CaseState(case.state) in OURS:
        columns |= due.columns(
            submission_type=case.submission_type, risk_level=rating.level, since=case.due_since
        )
    guards.set_columns(case, **columns)


def _identity(details: dict[str, Any]) -> list[Any]:
    person, company = details.get("personalDetails", {}), details.get("corporationDetails", {})
    named = ("firstName", "middleName", "lastName", "dateOfBirth")
    return [
        *(person.get(name) for name in named),
        company.get("legalName"),
        company.get("registrationNumber"),
    ]


def _sealed(case: Case, text: str, context: str) -> bytes:
    return vault.seal_text(case.customer.vault_key, text, context=context)
