"""The pages of the policy and of approving several: as each role sees them."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.staff.roles import Role
from payments.policies.models import PolicyVersion
from payments.policies.reading import in_force as policy_in_force
from tests.payments.people import approve, fresh, waiting_payment
from tests.payments.policies import (
    LEAD,
    Rule,
    enough_people,
    in_force,
    one_approver,
    policy_of,
    proposed,
    stages,
)
from tests.people import enrol, person, sign_in

pytestmark = pytest.mark.django_db


def page(client: Client, name: str, *where) -> str:
    answer = client.get(reverse(name, args=where))
    assert answer.status_code == 200
    return answer.content.decode()


def fields_of(html: str) -> dict[str, list[str]]:
    """What the form of a page would send, untouched."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", html):
        said = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if said.get("type") in {"checkbox", "radio"} and "checked" not in tag:
            continue
        if "name" in said:
            found.setdefault(said["name"], []).append(said.get("value", ""))
    return found


def test_say_the_rules_in_sentences_to_who_works_with_them(client: Client) -> None:
    sign_in(client, person(Role.PAYMENTS_APPROVER))
    shown = page(client, "policies:policy")
    assert "Payments of any kind up to 10,000 EUR: one payments approver." in shown
    assert "Everything else: refused." in shown
    assert "Propose a change" not in shown
    assert client.get(reverse("policies:propose")).status_code == 404


def test_let_one_administrator_propose_and_another_approve(client: Client) -> None:
    enough_people()
    payment = waiting_payment(amount="600.00")
    sign_in(client, person(Role.ADMINISTRATOR))
    typed = fields_of(page(client, "policies:propose"))
    another = client.post(reverse("policies:propose"), {**typed, "add": "1"}).content.decode()
    assert 'name="form-3-place"' in another
    typed |= {"form-2-up_to": ["500"], "note": ["Less without a second look."]}
    unfinished = client.post(reverse("policies:propose"), {**typed, "form-2-approvers_1": ""})
    assert "Say how many and of whom" in unfinished.content.decode()
    assert not PolicyVersion.objects.exists()
    assert client.post(reverse("policies:propose"), typed).status_code == 302
    own = page(client, "policies:version", 1)
    assert "another administrator has to approve it" in own
    sign_in(client, person(Role.ADMINISTRATOR))
    shown = page(client, "policies:version", 1)
    assert "Could not be approved any more" in shown
    assert payment.payment_ref in shown
    [digest] = fields_of(shown)["seen_digest"]
    client.post(reverse("policies:approve", args=[1]), {"seen_digest": digest})
    assert policy_in_force().rules[2].up_to == 500


def test_turn_a_proposal_down(client: Client) -> None:
    enough_people()
    proposed(policy_of(one_approver()))
    sign_in(client, person(Role.ADMINISTRATOR))
    client.post(reverse("policies:withdraw", args=[1]), {"reason": "Not now."})
    assert PolicyVersion.objects.get().state == "WITHDRAWN"


def test_ask_a_lead_where_the_policy_names_them(client: Client) -> None:
    in_force(policy_of(Rule(stages=stages((1, LEAD)))))
    payment = waiting_payment()
    sign_in(client, person(Role.OPERATIONS_LEAD))
    assert "wd-1" in page(client, "payments:queue")
    client.post(reverse("payments:approve", args=["wd-1"]), {"seen_terms": payment.terms_digest})
    assert fresh(payment).state == "APPROVED"
    shown = client.get(reverse("admin:payments_paymentrequest_change", args=[payment.pk])).content.decode()
    assert "Take my approval back" in shown
    assert "Attempts to approve" in shown
    client.post(reverse("payments:withdraw_approval", args=["wd-1"]), {"reason": "Wrong one."})
    assert fresh(payment).state == "PENDING_APPROVAL"


def test_approve_a_reviewed_selection_by_one_code(client: Client) -> None:
    first, second, third = (waiting_payment(f"wd-{number}", "30000.00") for number in (1, 2, 3))
    ann = person(Role.PAYMENTS_APPROVER)
    phone = enrol(ann)
    sign_in(client, ann)
    address = reverse("payments:review")
    shown = client.get(address, {"ref": ["wd-1", "wd-2"]}).content.decode()
    assert "60,000.00" in shown.replace(" ", "")
    assert "wd-3" not in shown
    typed = fields_of(shown)
    asked = client.post(address, typed).content.decode()
    assert "exactly the payments that you reviewed" in asked
    assert not first.approvals.exists()
    carried = fields_of(asked) | {"step_up_code": [phone.code()]}
    done = client.post(address, carried).content.decode()
    assert "Your approval of wd-1 is kept" in done
    assert "more than 50,000 EUR in 24 hours" in done
    assert [each.approvals.count() for each in (first, second, third)] == [1, 0, 0]
    approve(first)
    assert fresh(first).state == "APPROVED"


def test_take_a_new_code_however_fresh_the_one_that_has_covered_what_it_may(client: Client) -> None:
    waiting_payment("wd-1", "10.00")
    second = waiting_payment("wd-2", "10.00")
    ann = person(Role.PAYMENTS_APPROVER)
    phone = enrol(ann)
    sign_in(client, ann)
    shown = client.get(reverse("payments:review"), {"ref": ["wd-1"]}).content.decode()
    client.post(reverse("payments:review"), fields_of(shown) | {"step_up_code": [phone.code()]})
    address = reverse("payments:approve", args=["wd-2"])
    asked = client.post(address, fields_of(client.get(address).content.decode())).content.decode()
    assert "The code has covered what it was typed for" in asked
    wrong = client.post(address, fields_of(asked) | {"step_up_code": ["000000"]}).content.decode()
    assert "This code is not right" in wrong
    client.post(address, fields_of(wrong) | {"step_up_code": [phone.code(1)]})
    assert second.approvals.count() == 1
