"""Opening a case costs the same few queries, whatever its size and whichever tab is open."""

import hashlib
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.audit.models import Entry
from backoffice.vault import sealing
from customers.models import Document
from onboarding.models import Case, CaseDocument
from onboarding.panels import TABS
from tests.onboarding.conftest import COMPANY, act, make_case, make_customer
from tests.people import sign_in

pytestmark = pytest.mark.django_db

MOST = 12
DOCUMENTS, ENTRIES = 60, 2000


def copies_of(document: Document, count: int) -> list[Document]:
    """More documents of the same customer, whose files nobody opens."""
    columns = {
        field.attname: getattr(document, field.attname)
        for field in Document._meta.concrete_fields
        if not field.primary_key
    }
    return Document.objects.bulk_create(
        Document(
            **columns
            | {
                "document_id": uuid.uuid4(),
                "sha256": hashlib.sha256(str(number).encode()).hexdigest(),
                "storage_name": f"copy-{number}",
            }
        )
        for number in range(count)
    )


def make_large(case: Case, *, entries: int = ENTRIES) -> None:
    first = case.case_documents.select_related("document").get()
    rows = copies_of(first.document, DOCUMENTS - 1)
    now = timezone.now()
    CaseDocument.objects.bulk_create(CaseDocument(case=case, document=row, added_at=now) for row in rows)
    Entry.objects.bulk_create(
        Entry(
            at=now,
            actor_kind="SYSTEM",
            actor_id="",
            actor_label="test",
            verb=f"case.looked_at_{number}",
            subject_type=case._meta.label,
            subject_id=str(case.pk),
        )
        for number in range(entries)
    )


def queries_of(browser, address: str) -> list[str]:
    """What a process asks that has not seen this customer yet."""
    sealing._KEYS.clear()
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(address).status_code == 200
    return [query["sql"][:200] for query in asked]


@pytest.fixture(autouse=True)
def _house_keys_are_known(django_capture_on_commit_callbacks):
    """As in a process that works: the house's own keys are remembered once their row is committed."""
    with django_capture_on_commit_callbacks(execute=True):
        sealing.fingerprint("x", context="test")
    yield
    sealing.forget_cached_keys()


@pytest.fixture
def case(lena):
    case = make_case()
    act("claim_case", lena, case=case)
    return case


@pytest.fixture
def large(case):
    make_large(case)
    return case


@pytest.fixture
def company(lena):
    case = make_case(make_customer("corp-1", customer_type="CORPORATE"), ref="corp", details=COMPANY)
    act("claim_case", lena, case=case)
    return case


@pytest.fixture
def browser(client, lena):
    sign_in(client, lena)
    return client


def test_a_large_case_costs_few_queries(browser, large):
    for tab in TABS:
        asked = queries_of(browser, f"/cases/case-1/?tab={tab}")
        assert len(asked) <= MOST, "\n".join([tab, *asked])


def test_a_company_costs_few_queries(browser, company):
    asked = queries_of(browser, "/cases/corp/")
    assert len(asked) <= MOST, "\n".join(asked)


def test_a_tab_alone_costs_few_queries(browser, company):
    for tab in TABS:
        address = f"/cases/corp/tabs/{tab}/"
        if browser.get(address).status_code == 200:
            asked = queries_of(browser, address)
            assert len(asked) <= MOST, "\n".join([tab, *asked])


def test_shows_the_history_page_by_page_and_all_of_it(browser, case):
    make_large(case, entries=120)
    seen, older = [], ""
    for _page in range(9):
        shown = browser.get("/cases/case-1/tabs/history/", {"before": older}).context_data
        seen += [entry.pk for entry in shown["entries"]]
        older = shown["older"]
        if not older:
            break
    told = Entry.objects.filter(subject_type__in=["onboarding.Case", "customers.Document"])
    assert sorted(seen) == sorted(told.values_list("pk", flat=True))


def test_takes_a_place_in_the_history_that_is_nonsense_for_the_newest(browser, case):
    for before in (
        "x",
        "1@",
        "99999999999999999999999@2026-01-01",
        "1@9999-12-31T23:59:59+00:00",
        "-5@2026-01-01",
    ):
        assert browser.get("/cases/case-1/tabs/history/", {"before": before}).status_code == 200
