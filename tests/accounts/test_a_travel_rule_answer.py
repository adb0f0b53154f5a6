"""A Travel Rule answer goes to Oceafin once, and its outcome is shown."""

import io
import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from backoffice.audit import Actor
from backoffice.oceafin import contract
from backoffice.oceafin.codes import TRAVEL_RULE_REQUIRED
from backoffice.oceafin.models import Submission
from backoffice.staff.errors import NotAllowed
from backoffice.staff.roles import Role
from customers.models import Customer
from payments.accounts.travel_rule import answers, opening, services
from payments.accounts.travel_rule.models import Answer, TravelRuleTask
from payments.errors import Unfit
from tests.accounts.deposited import only, pay_in, read_all, tell
from tests.customers import specimens
from tests.payments.people import deliver
from tests.payments.test_a_payout import approved_customer
from tests.people import person
from tests.simulator.driver import SimulatorProcess

pytestmark = pytest.mark.django_db(transaction=True)

VASP = {"name": "Example VASP", "country": "DE", "lei": "529900T8BM49AURSDO55"}
GIVEN: dict[str, Any] = {
    "originatorType": "INDIVIDUAL",
    "originatorName": "Alex Example",
    "originatorAddress": {"line1": "1 Example Street", "city": "Hamburg", "country": "DE"},
    "originatingVasp": VASP,
}
OWN_WALLET = {
    "originatorType": "INDIVIDUAL",
    "originatorName": "Alex Example",
    "selfHosted": True,
    "walletOwnershipProof": "Signed at the desk.",
}


def now():
    return timezone.now()


def maker() -> Actor:
    return Actor.staff(person(Role.PAYMENTS_MAKER))


def give(given: dict[str, Any] | None = None, **more: Any) -> tuple[Answer, bool]:
    asked = {"actor": maker(), "now": now(), **more}
    return services.answer(only(), given=GIVEN if given is None else given, **asked)


def task() -> TravelRuleTask:
    return TravelRuleTask.objects.get()


@pytest.fixture
def customer(oceafin: SimulatorProcess) -> Customer:
    return approved_customer(oceafin)


@pytest.fixture
def deposit_id(oceafin: SimulatorProcess, customer: Customer) -> str:
    """A deposit that waits, and Oceafin has told so."""
    deposit_id = pay_in(oceafin, customer)
    oceafin.step()
    tell(oceafin, "crypto_deposit")
    return deposit_id


def test_lets_the_deposit_go_on(oceafin, deposit_id):
    give()
    deliver()
    assert (task().state, Answer.objects.get().outcome) == ("ACCEPTED", "TAKEN")
    oceafin.step()
    tell(oceafin, "crypto_deposit")
    assert only().status == "COMPLETED"


def test_keeps_to_the_contract_and_hides_who_it_is(oceafin, deposit_id):
    give()
    letter = Submission.objects.get(kind="travel_rule.submit")
    assert contract.validate_request("addTravelRuleInfo", answers.checked(GIVEN)) == []
    assert letter.key == f"cust-1:travel-rule:{deposit_id}:1"
    assert b"Alex" not in bytes(Answer.objects.get().body_sealed)
    assert Answer.objects.get().given == GIVEN


def test_is_one_letter_however_often_it_is_given(oceafin, deposit_id):
    assert [give()[1], give()[1]] == [True, False]
    deliver()
    assert give()[1] is False
    assert Submission.objects.filter(kind="travel_rule.submit").count() == 1


def test_stands_until_oceafin_asks_again(oceafin, deposit_id):
    give()
    with pytest.raises(services.AnswerUnderWay):
        give(OWN_WALLET)


def test_is_another_version_after_a_refusal(oceafin, deposit_id):
    oceafin.fault(
        "status",
        operation="addTravelRuleInfo",
        status=409,
        code="PARTNER_TRAVEL_RULE_REQUIRED",
        detail="More.",
    )
    give()
    deliver()
    assert (task().state, Answer.objects.get().outcome) == ("WAITING", "REFUSED")
    assert "More." in task().waits_for
    give()
    deliver()
    keys = Submission.objects.filter(kind="travel_rule.submit").order_by("id").values_list("key", flat=True)
    assert [key.rsplit(":", 1)[1] for key in keys] == ["1", "2"]
    assert task().state == "ACCEPTED"


def test_is_another_version_when_oceafin_asks_again(oceafin, deposit_id):
    give()
    deliver()
    oceafin.advance("crypto_deposit", "PENDING_TRAVEL_RULE", id=deposit_id)
    tell(oceafin, "crypto_deposit")
    assert (task().state, task().round) == ("WAITING", 2)
    give(OWN_WALLET, proof_kind="SIGNED_MESSAGE")
    deliver()
    assert (task().state, Answer.objects.count()) == ("ACCEPTED", 2)


def test_is_looked_for_where_no_reply_came(oceafin, deposit_id):
    oceafin.fault("lose_response", operation="addTravelRuleInfo")
    give()
    deliver()
    assert (task().state, Answer.objects.get().outcome) == ("ACCEPTED", "TAKEN")
    bodies = {each["key"] for each in oceafin.requests() if "travel-rule" in each["path"]}
    assert bodies == {f"cust-1:travel-rule:{deposit_id}:1"}


def test_is_not_sent_where_the_deposit_went_on_meanwhile(oceafin, deposit_id, customer):
    give()
    oceafin.advance("crypto_deposit", "PROCESSING", id=deposit_id)
    read_all(customer)
    deliver()
    assert Answer.objects.get().outcome == "WITHDRAWN"
    assert task().state == "ACCEPTED"


def test_waits_while_oceafin_denies_the_operation(oceafin, deposit_id):
    oceafin.set(denyOperations=["addTravelRuleInfo"])
    give()
    deliver()
    assert task().state == "WAITING"
    give()
    deliver()
    letter = Submission.objects.filter(kind="travel_rule.submit").last()
    assert (letter.state, letter.tries) == ("QUEUED", 0)
    assert "Switched off" in letter.waits_for


def test_needs_the_right_to_give_it(oceafin, deposit_id):
    with pytest.raises(NotAllowed):
        give(actor=Actor.staff(person(Role.SUPPORT)))


def test_needs_a_question(oceafin, customer):
    pay_in(oceafin, customer, simulate="completed")
    tell(oceafin, "crypto_deposit")
    with pytest.raises(services.NothingAsked):
        give()


def test_follows_the_document_that_proves_it(oceafin, deposit_id):
    own = {name: value for name, value in OWN_WALLET.items() if name != "walletOwnershipProof"}
    services.answer_with_document(
        only(),
        given=own,
        proof_kind="DECLARATION",
        file=io.BytesIO(specimens.pdf()),
        file_name="declaration.pdf",
        actor=maker(),
        now=now(),
    )
    assert not Submission.objects.filter(kind="travel_rule.submit").exists()
    deliver()
    document = Answer.objects.get().document
    body = json.loads(Submission.objects.get(kind="travel_rule.submit").body)
    assert body["walletOwnershipProof"].startswith("DECLARATION: ")
    assert str(document.oceafin_file_asset_id) in body["walletOwnershipProof"]
    assert task().state == "ACCEPTED"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"originatorType": "SHIP"}, "originatorType"),
        ({"originatorName": "  "}, "originatorName"),
        ({"originatorName": "A\nB"}, "originatorName"),
        ({"originatorName": 7}, "originatorName"),
        ({"originatorAddress": {"city": "Hamburg"}}, "originatorAddress.line1"),
        ({"originatorAddress": {"line1": "1", "country": "Germany"}}, "originatorAddress.country"),
        ({"originatingVasp": None}, "originatingVasp"),
        ({"selfHosted": True}, "originatingVasp"),
        ({"originatingVasp": {"country": "DE"}}, "originatingVasp.name"),
        ({"originatingVasp": VASP | {"lei": "529900T8BM49AURSDO56"}}, "originatingVasp.lei"),
        ({"originatingVasp": None, "selfHosted": True}, "walletOwnershipProof"),
        ({"walletOwnershipProof": "x"}, "walletOwnershipProof"),
    ],
)
def test_is_refused_with_a_sentence_where_it_is_not_whole(changes, field):
    with pytest.raises(Unfit) as refused:
        answers.checked(GIVEN | changes)
    assert refused.value.field == field


# --- the task that it answers ---------------------------------------------------------------------------------------


def test_is_due_in_three_days(oceafin, deposit_id):
    assert task().due_at - task().asked_at == timedelta(hours=72)
    assert not task().is_overdue(now())
    assert task().is_overdue(now() + timedelta(hours=73))


def test_is_asked_for_where_only_a_reading_found_the_deposit(oceafin, customer):
    pay_in(oceafin, customer)
    oceafin.step()
    read_all(customer)
    assert (task().state, only().found_by) == ("WAITING", "READ")


def test_is_asked_for_by_a_reply(oceafin, customer):
    deposit_id = pay_in(oceafin, customer, simulate="completed")
    tell(oceafin, "crypto_deposit")
    assert services.required_by_reply(deposit_id, "PARTNER_QUOTE_EXPIRED", now=now()) is False
    assert services.required_by_reply(deposit_id, "PARTNER_TRAVEL_RULE_REQUIRED", now=now()) is True
    assert task().state == "WAITING"


def test_is_asked_for_where_a_refund_was_refused_without_it(oceafin, customer):
    deposit_id = pay_in(oceafin, customer, simulate="completed")
    tell(oceafin, "crypto_deposit")
    refund = SimpleNamespace(
        source_type="CRYPTO_DEPOSIT", source_id=deposit_id, failure_code=TRAVEL_RULE_REQUIRED
    )
    opening.payment_moved(refund, "SENDING", "FAILED", now())
    assert task().state == "WAITING"


def test_is_not_asked_for_twice_by_the_same_word(oceafin, deposit_id):
    tell(oceafin, "crypto_deposit")
    assert (task().round, task().state) == (1, "WAITING")


def test_is_over_when_the_deposit_comes_to_its_end(oceafin, deposit_id):
    oceafin.advance("crypto_deposit", "RETURNED", id=deposit_id)
    tell(oceafin, "crypto_deposit")
    assert task().state == "CLOSED"
