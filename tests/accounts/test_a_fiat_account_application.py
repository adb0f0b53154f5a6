"""An application for an account, from the request to the account, with Oceafin's questions between."""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from backoffice.audit import Actor
from backoffice.oceafin.models import Submission
from backoffice.references import ReferenceTaken
from backoffice.staff.errors import NotAllowed
from backoffice.staff.roles import Role
from customers import services as customers
from payments.accounts.fiat import errors, hearing, letters, listing, services, telling
from payments.accounts.fiat.models import FiatAccount, FiatAccountApplication
from payments.accounts.fiat.services import NewFile
from payments.accounts.models import FoundBy, Reading
from tests.accounts.applying import MISSING, answer, apply, fresh, go_on
from tests.customers import specimens
from tests.customers.conftest import known_customer, make_customer, upload
from tests.payments.people import deliver, deliver_once, maker, now, post_event, sql
from tests.payments.test_a_payout import SECRET, approved_customer, tell
from tests.people import person
from tests.simulator.driver import SimulatorProcess
from webhooks import inbox
from webhooks.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


def hear(application: FiatAccountApplication, status: str, at=None, **more) -> str:
    with transaction.atomic():
        row = hearing.locked(application.pk)
        said = {"status": status, **more}
        return hearing.heard(row, said, at=at or now(), found_by=FoundBy.EVENT, source="test", now=now())


def submitted(customer=None, ref: str = "fa-1") -> FiatAccountApplication:
    """One that Oceafin has, without asking it."""
    application = apply(customer or known_customer(), ref)
    letter = Submission.objects.get(key=letters.apply_key(application))
    Submission.objects.filter(pk=letter.pk).update(state="ACCEPTED")
    FiatAccountApplication.objects.filter(pk=application.pk).update(state="SENDING")
    with transaction.atomic():
        row = hearing.locked(application.pk)
        hearing.known(row, str(uuid4()))
    assert hear(application, "SUBMITTED") == ""
    return fresh(application)


def asked(customer=None, missing=MISSING) -> FiatAccountApplication:
    application = submitted(customer)
    assert hear(application, "MISSING_INFO_REQUIRED", missing=missing) == ""
    return fresh(application)


# --- the whole way, against the stand-in Oceafin ------------------------------------------------------------------


def test_becomes_an_account_with_its_instructions(oceafin: SimulatorProcess) -> None:
    customer = approved_customer(oceafin)
    application = apply(customer)
    go_on(oceafin, steps=2)
    application = fresh(application)
    assert (application.state, application.oceafin_status) == ("OPENED", "APPROVED")
    account = application.account
    assert (account.status, account.currency) == ("ACTIVE", "EUR")
    assert account.details["iban"].startswith("DE")
    assert account.details["accountHolderName"] == "Ada Example"
    assert account.masked_number == f"•••• {account.details['iban'][-4:]}"
    instruction = account.instructions.get()
    assert instruction.details["paymentReference"].startswith("OCF-")
    assert [state for _at, state in telling.safe_timeline(application)] == [
        "REQUESTED",
        "SENDING",
        "SUBMITTED",
        "APPROVED",
        "OPENED",
    ]


def test_is_answered_with_a_text_and_a_document_that_is_sent_first(oceafin: SimulatorProcess) -> None:
    customer = approved_customer(oceafin)
    application = apply(customer, purpose="simulate:missing")
    go_on(oceafin, steps=2)
    application = fresh(application)
    assert application.state == "NEEDS_INFO"
    assert application.round.items[0]["documentType"] == "SOURCE_OF_FUNDS"
    file = NewFile("SOURCE_OF_FUNDS", io.BytesIO(specimens.pdf()), "salary.pdf")
    one, is_new = answer(application, "My salary.", upload=file)
    assert is_new
    assert fresh(application).state == "ANSWERING"
    assert "does not have 1 document" in telling.waits_for(fresh(application)).what
    assert not Submission.objects.filter(key=letters.answer_key(one)).exists()
    deliver()
    letter = Submission.objects.get(key=letters.answer_key(one))
    document = customer.documents.get()
    assert str(document.oceafin_file_asset_id) in letter.body.decode()
    go_on(oceafin)
    assert fresh(application).state == "OPENED"
    one.refresh_from_db()
    assert one.taken_at is not None


def test_is_rejected_by_oceafin(oceafin: SimulatorProcess) -> None:
    application = apply(approved_customer(oceafin), purpose="simulate:rejected")
    go_on(oceafin, steps=2)
    assert fresh(application).state == "REJECTED"


def test_is_applied_for_once_though_the_answer_is_lost(oceafin: SimulatorProcess) -> None:
    customer = approved_customer(oceafin)
    oceafin.fault("lose_response", operation="applyForFiatAccount")
    application = apply(customer)
    deliver()
    assert fresh(application).state == "SUBMITTED"
    assert len(oceafin.resources("fiat_account_application")) == 1


def test_is_known_by_an_event_that_overtakes_the_answer(oceafin: SimulatorProcess) -> None:
    customer = approved_customer(oceafin)
    oceafin.fault("lose_response", operation="applyForFiatAccount")
    application = apply(customer)
    deliver_once("papers")
    assert fresh(application).state == "SENDING"
    tell(oceafin, "fiat_account_application")
    assert fresh(application).state == "SUBMITTED"
    assert Submission.objects.get(key=letters.apply_key(application)).state == "ACCEPTED"


def test_is_refused_by_oceafin_in_its_words(oceafin: SimulatorProcess) -> None:
    application = apply(approved_customer(oceafin), currency="CHF")
    deliver()
    application = fresh(application)
    assert application.state == "REFUSED"
    assert "currency" in application.refusal


# --- asking for one ------------------------------------------------------------------------------------------------


def test_waits_for_the_customers_approval_and_leaves_by_itself() -> None:
    customer = known_customer(status="PROCESSING")
    application = apply(customer)
    assert "not approved" in telling.waits_for(application).what
    assert not telling.letters_of(application).exists()
    customers.record_status(customer, status="APPROVED", at=now(), source="EVENT", now=now())
    assert telling.letters_of(application).count() == 1


def test_is_the_same_when_asked_for_again_and_in_conflict_when_different() -> None:
    customer = known_customer()
    first = apply(customer)
    assert apply(customer).pk == first.pk
    with pytest.raises(ReferenceTaken):
        apply(customer, currency="USD")
    with pytest.raises(ReferenceTaken):
        apply(known_customer("cust-2"))


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("currency", {"currency": "euro"}),
        ("currency", {"currency": ""}),
        ("capabilityId", {"capability_id": "the first"}),
        ("purpose", {"purpose": "x" * 501}),
        ("purpose", {"purpose": "a\x07b"}),
    ],
)
def test_is_not_taken_with_a_field_that_cannot_be(field: str, changes: dict) -> None:
    with pytest.raises(errors.Unfit) as unfit:
        apply(known_customer(), **changes)
    assert unfit.value.field == field


def test_needs_the_right_and_a_customer_who_is_not_restricted() -> None:
    customer = known_customer()
    with pytest.raises(NotAllowed):
        apply(customer, actor=Actor.staff(person(Role.PAYMENTS_APPROVER)))
    lead = Actor.staff(person(Role.COMPLIANCE_LEAD))
    customers.change_standing(customer, standing="RESTRICTED", reason="a hit", actor=lead, now=now())
    with pytest.raises(errors.CustomerRestricted):
        apply(customer)


def test_is_taken_back_only_before_it_leaves() -> None:
    waiting = apply(make_customer())
    with pytest.raises(errors.ReasonNeeded):
        services.cancel(waiting, reason=" ", actor=maker(), now=now())
    services.cancel(waiting, reason="The customer changed their mind.", actor=maker(), now=now())
    assert fresh(waiting).state == "CANCELLED"
    with pytest.raises(errors.TooLate):
        services.cancel(submitted(known_customer("cust-2"), "fa-2"), reason="x", actor=maker(), now=now())


# --- being asked and answering -------------------------------------------------------------------------------------


def test_is_asked_about_in_oceafins_words_and_again_in_another_round() -> None:
    application = asked()
    assert application.round.items == MISSING
    answer(application, "Savings.")
    assert fresh(application).state == "ANSWERING"
    # The same questions again do not call the answer back; other ones do.
    hear(application, "MISSING_INFO_REQUIRED", missing=MISSING)
    assert fresh(application).state == "ANSWERING"
    hear(application, "MISSING_INFO_REQUIRED", missing=[{"code": "TAX", "message": "Tax number?"}])
    application = fresh(application)
    assert (application.state, application.round.number) == ("NEEDS_INFO", 2)


def test_is_not_answered_with_gaps_or_with_what_is_not_there() -> None:
    application = asked()
    other = upload(known_customer("cust-2"))
    for field, changes in (
        ("answers", {}),
        ("answers", {"answers": {0: "yes", 1: "no"}}),
        ("answers", {"answers": {0: "x" * 4001}}),
        ("documentIds", {"documents": [uuid4()]}),
        ("documentIds", {"documents": [other.document_id]}),
        ("answers", {"documents": [upload(application.customer, kind="PASSPORT").document_id]}),
    ):
        with pytest.raises(errors.Unfit) as unfit:
            answer(application, **changes)
        assert unfit.value.field == field
    assert fresh(application).state == "NEEDS_INFO"


def test_is_answered_by_a_document_of_the_kind_that_is_asked_for() -> None:
    application = asked()
    document = upload(application.customer, kind="SOURCE_OF_FUNDS")
    answer(application, documents=[document.document_id])
    application = fresh(application)
    assert application.state == "ANSWERING"
    assert telling.documents_missing(application.round) == 1


def test_is_answered_once_and_the_same_again_is_the_same() -> None:
    application = asked()
    one, is_new = answer(application, "Savings.")
    assert is_new
    again, is_new = answer(application, "Savings.")
    assert (again.pk, is_new) == (one.pk, False)
    with pytest.raises(ReferenceTaken):
        answer(application, "A gift.")


def test_is_not_answered_when_nothing_is_asked() -> None:
    application = asked()
    hear(application, "PROCESSING")
    with pytest.raises(errors.NothingAsked):
        answer(fresh(application), "Savings.")


def test_may_be_answered_though_oceafin_did_not_say_what_it_wants() -> None:
    for missing in (None, "all of it", [None, 7, {}, {"code": None}]):
        ref = f"cust-{missing!s:.3}".translate(str.maketrans("[", "x"))
        application = submitted(known_customer(ref), f"fa-{ref}")
        hear(application, "MISSING_INFO_REQUIRED", missing=missing)
        application = fresh(application)
        assert application.round.items == []
        answer(application, "What do you need?")
        assert application.round.answers == [{"code": "INFO", "value": "What do you need?"}]


def test_asks_a_person_again_when_oceafin_does_not_take_a_document(oceafin: SimulatorProcess) -> None:
    customer = approved_customer(oceafin)
    application = apply(customer, purpose="simulate:missing")
    go_on(oceafin, steps=2)
    oceafin.fault(
        "status",
        operation="uploadCustomerFile",
        status=400,
        code="PARTNER_VALIDATION_FAILED",
        detail="Blurred.",
    )
    document = upload(customer, kind="SOURCE_OF_FUNDS")
    one, _new = answer(fresh(application), documents=[document.document_id])
    deliver()
    application = fresh(application)
    one.refresh_from_db()
    assert (application.state, application.round.number) == ("NEEDS_INFO", 2)
    assert "Blurred." in one.refusal


# --- whom to believe -----------------------------------------------------------------------------------------------


def test_keeps_a_newer_word_over_an_older_one() -> None:
    application = submitted()
    later = now() + timedelta(seconds=5)
    hear(application, "PROCESSING", at=later)
    assert "newer" in hear(application, "REJECTED", at=later - timedelta(seconds=1))
    assert fresh(application).state == "SUBMITTED"


def test_keeps_an_unknown_word_as_it_came() -> None:
    application = submitted()
    hear(application, "ON_THE_DESK_OF_MR_X")
    application = fresh(application)
    assert (application.state, application.oceafin_status) == ("SUBMITTED", "ON_THE_DESK_OF_MR_X")


def test_is_shown_to_a_person_when_oceafin_contradicts_it() -> None:
    application = submitted()
    hear(application, "REJECTED")
    hear(application, "APPROVED")
    application = fresh(application)
    assert application.state == "REJECTED"
    assert "APPROVED" in application.contradiction
    lead = Actor.staff(person(Role.OPERATIONS_LEAD))
    services.settle_contradiction(application, reason="A slip of theirs.", actor=lead, now=now())
    assert fresh(application).contradiction == ""


def test_learns_from_the_list_what_no_event_told() -> None:
    customer = known_customer()
    capability = {
        "capabilityId": str(uuid4()),
        "status": "MISSING_INFO_REQUIRED",
        "currency": "EUR",
        "requiredInfo": MISSING,
    }
    application = apply(customer, capability_id=capability["capabilityId"])
    FiatAccountApplication.objects.filter(pk=application.pk).update(state="SENDING")
    hear(application, "SUBMITTED")
    listing.keep_capabilities(customer, [capability], now())
    application = fresh(application)
    assert (application.state, application.oceafin_status_from) == ("NEEDS_INFO", "READ")
    listing.keep_capabilities(customer, [capability], now())
    assert application.rounds.count() == 1


def test_makes_the_lists_due_when_an_event_says_nothing_but_that_it_changed(
    oceafin: SimulatorProcess,
) -> None:
    customer = approved_customer(oceafin)
    application = apply(customer)
    deliver()
    Reading.objects.update(due_at=now() + timedelta(days=1))
    oceafin.advance("fiat_account_application", "PROCESSING", ref="fa-1", data={"status": None})
    tell(oceafin, "fiat_account_application")
    assert Reading.objects.filter(due_at__lte=now()).count() == 3
    assert fresh(application).state == "SUBMITTED"


def test_that_is_not_ours_leaves_its_event_waiting(oceafin: SimulatorProcess) -> None:
    customer = approved_customer(oceafin)
    apply(customer)
    deliver()
    event = {
        "eventId": str(uuid4()),
        "eventType": "fiat_account_application.updated",
        "customer": {"customerId": str(uuid4()), "partnerCustomerRef": "cust-1"},
        "resource": {"resourceType": "fiat_account_application", "resourceId": str(uuid4())},
        "occurredAt": now().isoformat(),
        "data": {"status": "APPROVED"},
    }
    assert post_event(event, SECRET) == 202
    inbox.apply_due(worker="test")
    assert Event.objects.get().state == "PARKED"


def test_moves_along_its_table_whoever_writes() -> None:
    application = submitted()
    with pytest.raises(DatabaseError), transaction.atomic():
        sql("UPDATE fiat_accounts_fiataccountapplication SET state = 'OPENED' WHERE id = %s", application.pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        sql("DELETE FROM fiat_accounts_fiataccountapplication WHERE id = %s", application.pk)
    assert connection.is_usable()


def test_keeps_nothing_personal_in_the_clear() -> None:
    application = asked()
    answer(application, "I inherited from Aunt Agatha.")
    account = {"fiatAccountId": str(uuid4()), "status": "ACTIVE", "iban": "DE02120300000000202051"}
    listing.keep_accounts(application.customer, [account], now())
    with connection.cursor() as cursor:
        for table in ("inforound", "fiataccount", "fiataccountapplication"):
            cursor.execute(f"SELECT * FROM fiat_accounts_{table}")
            rows = repr(cursor.fetchall())
            assert "Agatha" not in rows
            assert "DE0212030000" not in rows
    assert FiatAccount.objects.get().details["iban"] == "DE02120300000000202051"
