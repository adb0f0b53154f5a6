"""Personal data that nobody asked for by a purpose is on no page, whoever looks."""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from backoffice.staff.roles import Role
from backoffice.staff.site import site
from onboarding.models import Case
from tests.customers.conftest import known_customer, upload
from tests.onboarding.conftest import make_case, person_details
from tests.payments.people import IBAN, account_of, requested
from tests.people import person, sign_in
from tests.reveals.conftest import look

pytestmark = pytest.mark.django_db

# Nothing else of the test's world is called so.
SECRETS = (
    "Quillfeather",
    "Zorblatt",
    "Snickelway",
    "quill@example.com",
    "+49 30 5550199",
    IBAN,
    "Whimsy",
    "invoice 17",
)


@pytest.fixture
def customer():
    customer = known_customer("cust-7", display_name="Zorblatt Quillfeather", metadata={"nick": "Whimsy"})
    document = upload(customer)
    details = person_details(
        firstName="Zorblatt", lastName="Quillfeather", email="quill@example.com", phone="+49 30 5550199"
    )
    details["personalDetails"]["residentialAddress"]["line1"] = "Snickelway 5"
    make_case(customer, details=details, document_ids=[document.document_id])
    requested(account_of(customer))
    return customer


def pages() -> list[str]:
    """Every list, every record's page, the queues, the case with its tabs, the homes."""
    found = ["/", "/cases/", "/payouts/", "/looks/", "/desk/sending/"]
    for case in Case.objects.all():
        address = reverse("onboarding:case", args=[case.case_ref])
        found += [
            address,
            *(f"{address}?tab={tab}" for tab in ("data", "people", "risk", "messages", "history")),
        ]
    for model in site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        try:
            found.append(reverse(f"{name}_changelist"))
            found += [
                reverse(f"{name}_change", args=[pk]) for pk in model.objects.values_list("pk", flat=True)[:3]
            ]
        except NoReverseMatch:
            continue
    return found


@pytest.mark.parametrize("role", [Role.MLRO, Role.PAYMENTS_MAKER, Role.SUPPORT])
def test_is_on_no_page(customer, role):
    client = Client()
    sign_in(client, person(role))
    opened = 0
    for address in pages():
        answer = client.get(address)
        opened += answer.status_code == 200
        shown = answer.content.decode() if not answer.streaming else ""
        leaked = [secret for secret in SECRETS if secret in shown]
        assert leaked == [], (address, leaked)
    assert opened > 6


def test_is_on_the_pages_of_the_customer_that_was_opened(customer):
    client, mona = Client(), person(Role.MLRO)
    sign_in(client, mona)
    look(mona, customer)
    shown = "".join(client.get(address).content.decode() for address in pages() if "change" in address)
    assert {secret for secret in SECRETS if secret in shown} >= {"Quillfeather", "Whimsy", "invoice 17", IBAN}
