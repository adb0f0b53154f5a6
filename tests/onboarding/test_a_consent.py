"""A consent: what the customer was shown, when and how, and the words that the hash stands for."""

import copy
import hashlib

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from onboarding.consent import services
from onboarding.consent.models import ConsentText
from tests.onboarding.conftest import PERSON, actor, again, make_case, make_customer, verbs
from tests.people import sign_in

pytestmark = pytest.mark.django_db
WORDS = "I agree.\nMy data goes to Oceafin – für die Prüfung.\n"


def consenting(ref="case-1", words=WORDS, customer="cust-1"):
    details = copy.deepcopy(PERSON)
    details["consentEvidence"] |= {
        "consentTextSha256": hashlib.sha256(words.encode()).hexdigest(),
        "ipAddress": "192.0.2.7",
    }
    return make_case(make_customer(customer), ref=ref, details=details, document_ids=[])


def keep(case, who, text=WORDS):
    return services.keep_text(case=case, text=text, actor=actor(who), now=timezone.now())


def test_shows_version_hash_moment_and_channel(client, rita):
    consenting()
    sign_in(client, rita)
    page = client.get("/cases/case-1/consent/").content.decode()
    for words in (hashlib.sha256(WORDS.encode()).hexdigest(), "28 June 2026, 00:00:00 UTC", "app"):
        assert words in page
    assert "192.0.2.7" not in page


def test_has_its_words_once_somebody_kept_them(client, rita):
    case = consenting()
    sign_in(client, rita)
    refused = client.post("/cases/case-1/consent/", {"text": "Something else."})
    assert (refused.status_code, ConsentText.objects.count()) == (409, 0)
    client.post("/cases/case-1/consent/", {"text": WORDS.replace("\n", "\r\n")})
    assert "für die Prüfung" in client.get("/cases/case-1/consent/").content.decode()
    assert services.of_case(again(case)).text.text == WORDS
    keep(case, rita)
    assert verbs(case).count("case.consent_text_kept") == 1


def test_shares_its_words_with_everybody_who_agreed_to_them(rita):
    keep(consenting(), rita)
    assert services.of_case(consenting("case-2", customer="cust-2")).text is not None


def test_is_doubted_when_its_version_stands_for_other_words(rita):
    keep(consenting(), rita)
    assert services.of_case(consenting("case-2", "Other words.", "cust-2")).contradicted


def test_keeps_its_words_as_they_are(rita):
    keep(consenting(), rita)
    with pytest.raises(DatabaseError), transaction.atomic():
        ConsentText.objects.update(text="I agree to everything.")
