"""A likely duplicate: by what it is found, what is not taken for one, and that it is asked about once."""

import pytest
from django.utils import timezone

from backoffice.audit import note_of, timeline_of
from backoffice.staff.errors import NotAllowed
from backoffice.staff.roles import Role
from customers.likeness import plain, services
from customers.likeness.models import Kind, Name, Pair, Trait
from customers.models import Customer
from onboarding import errors
from tests.customers import specimens
from tests.onboarding.conftest import (
    COMPANY,
    PARTNER,
    accept,
    accept_documents,
    act,
    again,
    make_case,
    make_customer,
    person_details,
    upload,
)
from tests.people import actor, person, sign_in

pytestmark = pytest.mark.django_db


def somebody(number: int, **details) -> Customer:
    """A customer whose data is like nobody else's but for `details`."""
    customer = make_customer(f"cust-{number}", display_name=details.pop("display_name", f"Person {number}"))
    own = {
        "firstName": f"First{number}",
        "lastName": f"Last{number}",
        "dateOfBirth": f"19{70 + number}-01-02",
        "email": f"{number}@example.com",
        "phone": f"+49 {number}",
        "residentialAddress": {"line1": f"Way {number}", "city": "B", "postcode": "10115", "country": "DE"},
    }
    make_case(customer, ref=f"case-{number}", details=person_details(**own | details), document_ids=[])
    return customer


def company(number: int, name: str) -> Customer:
    return make_customer(f"corp-{number}", customer_type="CORPORATE", display_name=name)


def found() -> list[list[str]]:
    """The reasons of every pair, after the sweep has compared who is new."""
    services.compare_due(timezone.now())
    return [pair.reasons for pair in Pair.objects.order_by("id")]


SAME_PLACE = {"line1": "Hauptstraße 1", "city": "Berlin", "postcode": "10115", "country": "DE"}


@pytest.mark.parametrize(
    ("first", "second", "reasons"),
    [
        (
            {"firstName": "Zoë", "lastName": "Šimić", "dateOfBirth": "1990-02-28"},
            {"firstName": "SIMIC", "lastName": "Zoe", "dateOfBirth": "1990-02-28"},
            ["PERSON"],
        ),
        (
            {"firstName": "Иван", "lastName": "Петров", "dateOfBirth": "1990-02-28"},
            {"firstName": "Ivan", "lastName": "Petrov", "dateOfBirth": "1990-02-28"},
            ["PERSON"],
        ),
        (
            {"display_name": "Katharina Meyer", "dateOfBirth": "1990-02-28"},
            {"display_name": "Katarina Meier", "dateOfBirth": "1990-02-28"},
            ["NAME"],
        ),
        ({"email": "Zoe@Example.com"}, {"email": "zoe@example.com"}, ["CONTACT"]),
        ({"phone": "+49 30 / 123-456"}, {"phone": "+4930123456"}, ["CONTACT"]),
        (
            {"residentialAddress": SAME_PLACE},
            {"residentialAddress": SAME_PLACE | {"line1": "1, HAUPTSTRASSE"}},
            ["ADDRESS"],
        ),
    ],
)
def test_is_found_however_it_is_written(first, second, reasons):
    somebody(1, **first), somebody(2, **second)
    assert found() == [reasons]


def test_is_not_somebody_of_the_same_name_born_on_another_day():
    somebody(1, display_name="Ada Smith", firstName="Ada", lastName="Smith", dateOfBirth="1980-01-01")
    somebody(2, display_name="Ada Smith", firstName="Ada", lastName="Smith", dateOfBirth="1990-01-01")
    assert found() == []


def test_is_not_somebody_born_on_the_same_day():
    somebody(1, dateOfBirth="1980-01-01", display_name="Ada Smith")
    somebody(2, dateOfBirth="1980-01-01", display_name="Grzegorz Brzęczyszczykiewicz")
    assert found() == []


def test_of_a_company_is_found_by_its_name_without_the_legal_form():
    for number, name in enumerate(["Nordlys Shipping AS", "NORDLYS  Shiping Ltd.", "Südwind Handel GmbH"]):
        company(number, name)
    assert found() == [["NAME"]]


def test_of_a_company_is_found_by_its_registration():
    for number in (1, 2):
        customer = company(number, ("Alpha", "Omega")[number - 1])
        make_case(customer, ref=f"kyb-{number}", details=COMPANY, document_ids=[])
    assert found() == [["REGISTRATION", "COMPANY", "ADDRESS"]]


def test_is_found_by_the_same_file():
    for number in (1, 2):
        upload(make_customer(f"c-{number}", display_name=f"{number}"), content=specimens.pdf(text="One"))
    upload(make_customer("c-3", display_name="3"), content=specimens.pdf(text="Another"))
    assert found() == [["FILE"]]


def test_is_found_by_the_same_document_number():
    for number in (1, 2):
        customer = make_customer(f"c-{number}", display_name=f"{number}")
        services.learn(customer, {Kind.DOCUMENT_NUMBER: [plain.code("L 01-X00T47")]}, now=timezone.now())
    assert found() == [["DOCUMENT_NUMBER"]]


def test_is_found_when_the_data_is_amended():
    somebody(1), somebody(2)
    assert found() == []
    case = Customer.objects.get(partner_customer_ref="cust-2").cases.get()
    act("amend_case", PARTNER, case=case, details=person_details(email="1@example.com"), document_ids=[])
    assert found() == [["CONTACT"]]


def test_is_asked_about_once_and_remembered():
    rita = person(Role.COMPLIANCE_REVIEWER, name="Rita")
    somebody(1, email="a@example.com"), somebody(2, email="a@example.com")
    assert found() == [["CONTACT"]]
    pair = Pair.objects.get()
    with pytest.raises(services.ReasonNeeded):
        services.decide(pair=pair, is_same=False, reason=" ", actor=actor(rita), now=timezone.now())
    services.decide(pair=pair, is_same=False, reason="Twins.", actor=actor(rita), now=timezone.now())
    Name.objects.update(due_at=timezone.now())
    assert found() == [["CONTACT"]]
    pair = Pair.objects.get()
    assert (pair.state, pair.decided_by, pair.reason) == ("NOT_SAME", rita, "Twins.")
    assert note_of(timeline_of(pair)[-1]) == "Twins."
    with pytest.raises(services.DecidedAlready):
        services.decide(pair=pair, is_same=False, reason="x", actor=actor(rita), now=timezone.now())
    services.decide(pair=pair, is_same=True, reason="A mistake.", actor=actor(rita), now=timezone.now())
    assert Pair.objects.get().state == "SAME"


def test_is_decided_by_who_reviews():
    somebody(1, email="a@example.com"), somebody(2, email="a@example.com")
    found()
    sam = person(Role.SUPPORT)
    with pytest.raises(NotAllowed):
        services.decide(
            pair=Pair.objects.get(), is_same=True, reason="x", actor=actor(sam), now=timezone.now()
        )


def test_stands_before_an_acceptance():
    rita = person(Role.COMPLIANCE_REVIEWER, name="Rita")
    make_case()
    case = make_case(make_customer("cust-2"), ref="case-2")
    act("claim_case", rita, case=case)
    accept_documents(case, rita)
    with pytest.raises(errors.Incomplete, match="1 likely duplicate still to decide"):
        act("accept_case", rita, case=again(case))
    assert accept(case, rita).state == "READY"


def test_leaves_no_readable_data_behind_and_can_be_forgotten():
    customer = somebody(1, email="secret@example.com")
    assert Trait.objects.filter(customer=customer).exists()
    assert all(len(trait.value) == 64 and "@" not in trait.value for trait in Trait.objects.all())
    services.forget(customer)
    somebody(2, email="secret@example.com")
    assert found() == []


def test_is_shown_side_by_side_with_names_masked(client):
    rita = person(Role.COMPLIANCE_REVIEWER, name="Rita")
    sign_in(client, rita)
    somebody(1, email="a@example.com", display_name="Ada Smith")
    somebody(2, email="a@example.com", display_name="Bo Jones")
    found()
    pair = Pair.objects.get()
    assert "cust-1 · cust-2" in client.get("/duplicates/").content.decode()
    shown = client.get(f"/duplicates/{pair.pk}/").content.decode()
    assert "Same email or phone" in shown
    assert "Ada Smith" not in shown
    assert "cust-1" in client.get("/cases/case-2/?tab=risk").content.decode()
    refused = client.post(f"/duplicates/{pair.pk}/", {"answer": "same", "reason": ""})
    assert refused.status_code == 409
    back = {"answer": "same", "reason": "The same passport.", "next": "/cases/case-2/?tab=risk"}
    assert client.post(f"/duplicates/{pair.pk}/", back)["Location"] == "/cases/case-2/?tab=risk"
    assert Pair.objects.get().state == "SAME"
    away = {"answer": "not_same", "reason": "x", "next": "//evil.example"}
    assert client.post(f"/duplicates/{pair.pk}/", away)["Location"] == "/duplicates/"
    sign_in(client, person(Role.SUPPORT))
    assert client.get(f"/duplicates/{pair.pk}/").status_code == 404


def test_customers_are_found_without_accents_in_any_script():
    for number, name in enumerate(["Łukasz Żółkiewski", "Ελένη Παπαδοπούλου", "李 小龙"]):
        make_customer(f"c-{number}", display_name=name)
    for words, ref in (("zolkiewski luk", "c-0"), ("Eleni", "c-1"), ("小龙", "c-2")):
        assert [each.customer.partner_customer_ref for each in services.named_like(words)] == [ref]


def test_stands_on_the_pages_of_both_customers_with_names_masked(client):
    rita = person(Role.COMPLIANCE_REVIEWER, name="Rita")
    sign_in(client, rita)
    ada = somebody(1, email="a@example.com", phone="+1 2", display_name="Ada Smith")
    somebody(2, email="a@example.com", display_name="Bo Jones")
    somebody(3, phone="+1 2", display_name="Cy Brown")
    found()
    first, second = Pair.objects.order_by("id")
    services.decide(pair=second, is_same=False, reason="Twins.", actor=actor(rita), now=timezone.now())
    address = f"/customers/customer/{ada.pk}/change/"
    shown = client.get(address).content.decode()
    undecided = f'<a href="/duplicates/{first.pk}/?next=%2Fcustomers%2Fcustomer%2F{ada.pk}%2Fchange%2F">'
    assert undecided in shown
    assert f'<a href="/duplicates/{second.pk}/?' in shown
    assert "Not same" in shown
    assert "<span>Rita<br>" in shown
    assert "B• J•" in shown
    for hidden in ("Ada Smith", "Bo Jones", "Cy Brown"):
        assert hidden not in shown
    back = {"answer": "same", "reason": "One passport.", "next": address}
    assert client.post(f"/duplicates/{first.pk}/", back)["Location"] == address
    other = client.get(f"/customers/customer/{first.high_id}/change/").content.decode()
    assert "cust-1</a>" in other


def test_leads_who_does_not_decide_to_the_other_customer_and_is_hidden_from_who_sees_no_persons(client):
    ada = somebody(1, email="a@example.com")
    other = somebody(2, email="a@example.com")
    found()
    address = f"/customers/customer/{ada.pk}/change/"
    sign_in(client, person(Role.AUDITOR))
    assert (
        f'<a href="/customers/customer/{other.pk}/change/">cust-2</a>' in client.get(address).content.decode()
    )
    sign_in(client, person(Role.SUPPORT))
    assert "Likely duplicates" not in client.get(address).content.decode()
