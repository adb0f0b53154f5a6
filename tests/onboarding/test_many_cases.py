"""Many cases at once: each is judged by itself, and a file of them carries no formula and leaves a trace."""

import csv
import io

import pytest

from backoffice.reveals.models import Export, Reveal
from onboarding import bulk
from tests.onboarding.conftest import act, again, make_case, make_customer
from tests.people import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def cases():
    names = ['=HYPERLINK("http://evil.example")', "Zoë 李"]
    return [
        make_case(make_customer(f"c-{n}", display_name=name), ref=f"q-{n}", document_ids=[])
        for n, name in enumerate(names)
    ]


def test_go_to_a_colleague_one_by_one(client, cases, rita, robin, lena):
    act("claim_case", robin, case=cases[0])
    sign_in(client, lena)
    asked = client.post("/cases/chosen/", {"case": ["q-0", "q-1", "q-9"], "act": "reassign"})
    assert "3 cases are chosen" in asked.content.decode()
    typed = {"case": ["q-0", "q-1", "q-9"], "to": robin.pk, "note": "Please finish these."}
    told = client.post("/cases/chosen/reassign/", typed).content.decode()
    assert "1 case is done." in told
    assert "Robin has this case already." in told
    assert "There is no such case." in told
    assert again(cases[1]).claimed_by == robin


def test_are_reminded_one_by_one(client, cases, rita):
    act("claim_case", rita, case=cases[0])
    act("ask_for_more", rita, case=cases[0], text_for_customer="A bill, please.", note="")
    sign_in(client, rita)
    told = client.post("/cases/chosen/", {"case": ["q-0", "q-1"], "act": "remind"}).content.decode()
    # The first was asked a moment ago, the second was asked for nothing.
    assert told.count("Not done") == 2
    assert "Wait a day" in told


def test_become_a_file_without_formulas_and_on_record(client, cases, rita, sam):
    sign_in(client, rita)
    typed = {"case": ["q-0", "q-1"], "purpose": "AUDIT", "words": ""}
    answer = client.post("/cases/chosen/export/", typed)
    assert answer["Content-Disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["name"] for row in rows} == {'\'=HYPERLINK("http://evil.example")', "Zoë 李"}
    assert Export.objects.get().customers == 2
    assert Reveal.objects.filter(user=rita, purpose="AUDIT").count() == 2
    sign_in(client, sam)
    assert client.post("/cases/chosen/export/", typed).status_code == 404


def test_leave_only_with_a_fresh_second_factor(client, cases, rita):
    sign_in(client, rita)
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session.save()
    answer = client.post("/cases/chosen/export/", {"case": ["q-0"], "purpose": "AUDIT"})
    assert "step_up_code" in answer.content.decode()
    assert not Export.objects.exists()


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\t=1", " =1", "\r=1", "＝1"])
def test_hold_no_cell_that_a_spreadsheet_carries_out(cell):
    assert bulk.neutral(cell) == "'" + cell


def test_are_named_by_what_no_case_is_called(client, rita):
    sign_in(client, rita)
    strange = ["case\x00", "x" * 10_000, "ł", "{}"]
    for address, typed in (
        ("/cases/chosen/", {"act": "remind"}),
        ("/cases/chosen/reassign/", {"to": rita.pk, "note": "Yours."}),
        ("/cases/chosen/export/", {"purpose": "AUDIT", "words": ""}),
    ):
        assert client.post(address, {**typed, "case": strange}).status_code < 500, address
