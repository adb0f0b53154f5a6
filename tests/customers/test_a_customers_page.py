import io
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from backoffice.audit import timeline_of
from backoffice.oceafin.models import Submission
from backoffice.staff.roles import Role
from customers.likeness import services as likeness
from customers.models import Customer, Document
from tests.customers.conftest import ID, OTHER_ID, deliver, fresh, known_customer, make_customer, say, upload
from tests.customers.specimens import pdf
from tests.oceafin.scripted import Script, answer
from tests.people import person, sign_in
from tests.reveals.conftest import press_show

pytestmark = pytest.mark.django_db(transaction=True)


def signed_in(role: Role) -> Client:
    client = Client()
    sign_in(client, person(role))
    return client


def page(customer: Customer) -> str:
    return f"/customers/customer/{customer.pk}/change/"


def test_shows_who_it_is_what_oceafin_said_and_what_was_sent() -> None:
    customer = known_customer()
    say(customer, "SUSPENDED", timezone.now(), missing=[{"code": "X", "message": "Call us"}])
    upload(customer)
    lead = signed_in(Role.COMPLIANCE_LEAD)
    press_show(lead, page(customer))
    for tab, texts in (
        ("overview", ("Ada Example", "Suspended", "Call us")),
        ("documents", ("passport-",)),
        ("sending", ("cust-1:create",)),
    ):
        html = lead.get(page(customer).replace("/change/", f"/tabs/{tab}/")).content.decode()
        for text in texts:
            assert text in html


def test_hides_the_person_from_those_who_may_not_see_them() -> None:
    customer = known_customer(metadata={"nick": "Countess"})
    document = upload(customer)
    support = signed_in(Role.SUPPORT)
    for address in (page(customer), "/customers/customer/", f"/customers/document/{document.pk}/change/"):
        html = support.get(address).content.decode()
        assert "Ada Example" not in html, address
        assert "Countess" not in html
    assert page(customer) not in support.get("/customers/customer/?q=Ada").content.decode()
    assert page(customer) in support.get("/customers/customer/?q=CUST").content.decode()
    assert support.get(f"/customers/document/{document.pk}/page/1.png").status_code == 403
    assert support.get(f"/customers/document/{document.pk}/original").status_code == 403


def test_hides_the_person_until_a_purpose_was_stated() -> None:
    customer = known_customer(metadata={"nick": "Countess"})
    document = upload(customer)
    reviewer = signed_in(Role.COMPLIANCE_REVIEWER)
    for address in (page(customer), "/customers/customer/", f"/customers/document/{document.pk}/change/"):
        html = reviewer.get(address).content.decode()
        assert "Ada Example" not in html, address
        assert "Countess" not in html
        assert "/page/1.png" not in html
    assert "A• E•" in reviewer.get(page(customer)).content.decode()
    assert page(customer) in reviewer.get("/customers/customer/?q=Ada").content.decode()
    assert reviewer.get(f"/customers/document/{document.pk}/page/1.png").status_code == 403
    assert "Choose" in press_show(reviewer, page(customer), purpose="").content.decode()
    assert (
        "in your own words" in press_show(reviewer, page(customer), purpose="OTHER").content.decode().lower()
    )
    assert "Ada Example" not in reviewer.get(page(customer)).content.decode()
    assert press_show(reviewer, page(customer)).status_code == 302
    shown = reviewer.get(page(customer))
    assert "Ada Example" in shown.content.decode()
    assert 500 < int(shown["Refresh"]) <= 601
    assert reviewer.get(f"/customers/document/{document.pk}/page/1.png").status_code == 200
    reviewer.post(page(customer).replace("/change/", "/do/hide-personal-data/"))
    assert "Ada Example" not in reviewer.get(page(customer)).content.decode()


def test_is_made_by_staff_who_may() -> None:
    form = {"partner_customer_ref": "new-1", "customer_type": "CORPORATE", "display_name": "Acme"}
    reviewer = signed_in(Role.COMPLIANCE_REVIEWER)
    assert reviewer.post("/customers/customer/new/", form).status_code == 302
    assert Submission.objects.get().key == "new-1:create"
    again = reviewer.post("/customers/customer/new/", form | {"display_name": "Other"})
    assert "in use for something else" in again.content.decode()
    assert "Other" in again.content.decode()
    wrong = reviewer.post("/customers/customer/new/", form | {"partner_customer_ref": "a b"})
    assert "hyphens only" in wrong.content.decode()
    assert Customer.objects.count() == 1
    assert signed_in(Role.SUPPORT).get("/customers/customer/new/").status_code == 404


def test_takes_documents_and_says_what_is_wrong_with_one() -> None:
    customer = make_customer()
    reviewer = signed_in(Role.COMPLIANCE_REVIEWER)
    address = f"/customers/customer/{customer.pk}/do/upload/"

    def send(content: bytes):
        file = io.BytesIO(content)
        file.name = "scan.pdf"
        return reviewer.post(address, {"confirmed": 1, "document_type": "PASSPORT", "file": file})

    refused = reviewer.post(address, {"confirmed": 1, "document_type": "PASSPORT", "file": io.BytesIO(b"MZ")})
    assert "neither a PDF nor a picture" in refused.content.decode()
    assert send(pdf()).status_code == 302
    assert Document.objects.get().given_name == "scan.pdf"


def test_shows_documents_as_pictures_and_hands_out_the_original_as_a_file() -> None:
    document = upload(make_customer())
    reviewer = signed_in(Role.COMPLIANCE_REVIEWER)
    press_show(reviewer, f"/customers/document/{document.pk}/change/")
    picture = reviewer.get(f"/customers/document/{document.pk}/page/1.png")
    assert (picture["Content-Type"], picture.content[:4]) == ("image/png", b"\x89PNG")
    assert reviewer.get(f"/customers/document/{document.pk}/page/2.png").status_code == 404
    original = reviewer.get(f"/customers/document/{document.pk}/original")
    assert b"".join(original.streaming_content) == pdf()
    assert original["Content-Disposition"].startswith("attachment")
    assert original["Content-Security-Policy"].startswith("sandbox")
    assert original["X-Content-Type-Options"] == "nosniff"
    assert [entry.verb for entry in timeline_of(document)].count("document.opened") == 2


def test_restricts_with_a_reason_and_lifts_again() -> None:
    customer = known_customer()
    lead = signed_in(Role.COMPLIANCE_LEAD)
    act = f"/customers/customer/{customer.pk}/do"
    assert "Reason" in lead.get(f"{act}/restrict/").content.decode()
    lead.post(f"{act}/restrict/", {"confirmed": 1, "reason": "Court order"})
    assert fresh(customer).standing == "RESTRICTED"
    assert "Court order" in lead.get(page(customer)).content.decode()
    lead.post(f"{act}/restore/", {"confirmed": 1, "reason": "Lifted"})
    assert fresh(customer).standing == "ACTIVE"
    assert (
        signed_in(Role.SUPPORT).post(f"{act}/restrict/", {"confirmed": 1, "reason": "x"}).status_code == 404
    )


def test_asks_oceafin_again() -> None:
    customer = known_customer()
    reviewer = signed_in(Role.COMPLIANCE_REVIEWER)
    reviewer.post(f"/customers/customer/{customer.pk}/do/ask/", {})
    assert Submission.objects.filter(kind="customer.poll").count() == 1
    twice = reviewer.post(f"/customers/customer/{customer.pk}/do/ask/", {}, follow=True)
    assert "being asked already" in twice.content.decode()


def test_leads_to_what_was_sent_with_personal_data_masked(oceafin: Script) -> None:
    oceafin.posts.append(answer(customerId=ID, partnerCustomerRef="cust-1", status="DRAFT", nick="Countess"))
    make_customer()
    deliver()
    row = Submission.objects.get()
    admin_html = signed_in(Role.ADMINISTRATOR).get(f"/oceafin/submission/{row.pk}/change/").content.decode()
    assert "Ada Example" not in admin_html
    assert "Countess" not in admin_html
    for text in ("cust-1:create", ID, "X-Request-Id", "POST /partner/v1/customers"):
        assert text in admin_html
    auditor, address = signed_in(Role.AUDITOR), f"/oceafin/submission/{row.pk}/change/"
    assert "Ada Example" not in auditor.get(address).content.decode()
    press_show(auditor, address, purpose="AUDIT")
    assert "Ada Example" in auditor.get(address).content.decode()
    assert signed_in(Role.COMPLIANCE_REVIEWER).get(f"/oceafin/submission/{row.pk}/change/").status_code == 403


def test_what_is_held_is_released_by_those_who_may_with_a_reason(oceafin: Script) -> None:
    oceafin.posts.append(answer(customerId=ID, partnerCustomerRef="other", status="DRAFT"))
    make_customer()
    deliver()
    row = Submission.objects.get()
    assert row.state == "HELD"
    act = f"/oceafin/submission/{row.pk}/do/release/"
    assert signed_in(Role.AUDITOR).post(act, {"confirmed": 1, "reason": "x"}).status_code == 404
    lead = signed_in(Role.OPERATIONS_LEAD)
    lead.post(act, {"confirmed": 1, "reason": ""})
    assert Submission.objects.get().state == "HELD"
    lead.post(act, {"confirmed": 1, "reason": "Oceafin corrected it"})
    oceafin.posts.clear()
    oceafin.posts.append(answer(customerId=OTHER_ID, partnerCustomerRef="cust-1", status="DRAFT"))
    Submission.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    deliver()
    assert Submission.objects.get().state == "ACCEPTED"
    assert len({one.key for one in oceafin.sent}) == 1
    assert lead.get("/oceafin/breaker/").status_code == 200
    assert lead.get("/oceafin/submission/?state__exact=HELD").status_code == 200


def found_by(words: str, role: Role) -> list[str]:
    """The references that the list shows when it is searched with these words."""
    answer = signed_in(role).get("/customers/customer/", {"q": words})
    return sorted(row.partner_customer_ref for row in answer.context["cl"].result_list)


@pytest.mark.parametrize(
    ("words", "refs"),
    [
        ("zolkiewski", ["c-0"]),
        ("Żółk", ["c-0"]),
        ("kiewski luk", ["c-0"]),
        ("Papadop", ["c-1"]),
        ("παπαδοπουλου", ["c-1"]),
        ("xiaolong", ["c-2"]),
        ("小龙", ["c-2"]),
        ("李", ["c-2"]),
        ("محمد", ["c-3"]),
        ("c-", ["c-0", "c-1", "c-2", "c-3"]),
        ("C-3", ["c-3"]),
        ("nobody", []),
        ("%", []),
        ("___", []),
    ],
)
def test_is_found_by_a_name_however_it_is_written(words: str, refs: list[str]) -> None:
    for number, name in enumerate(["Łukasz Żółkiewski", "Ελένη Παπαδοπούλου", "李 小龙", "محمد الأمير"]):
        make_customer(f"c-{number}", display_name=name)
    assert found_by(words, Role.COMPLIANCE_REVIEWER) == refs


def test_is_not_found_by_a_name_by_who_may_not_see_names() -> None:
    make_customer("c-0", display_name="Łukasz Żółkiewski")
    assert found_by("zolkiewski", Role.SUPPORT) == []
    assert found_by("Łukasz", Role.SUPPORT) == []
    assert found_by("C-", Role.SUPPORT) == ["c-0"]
    home = signed_in(Role.SUPPORT).get("/").content.decode()
    assert 'action="/customers/customer/" role="search"' in home
    assert 'placeholder="Reference begins with"' in home
    assert (
        "Reference, or part of a name" in signed_in(Role.AUDITOR).get("/customers/customer/").content.decode()
    )


def test_is_found_by_indexes_however_many_there_are() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = likeness.named_like("żółkiewski łukasz").values_list("pk")[:200].explain()
    assert "likeness_company_names" in plan
    assert "likeness_person_names" in plan
    assert "Seq Scan" not in plan
