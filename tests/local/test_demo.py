"""The demo: made only where it may be, of documents that say what they are."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from PIL import Image

from backoffice.local import ownership
from backoffice.local.demo import batches, cast, conversions, deposits, money_in, papers, payouts
from customers import files
from onboarding import details


@pytest.mark.django_db
def test_is_refused_where_the_database_is_not_ours(settings):
    settings.DEMO_ALLOWED = True
    with pytest.raises(CommandError, match="beside `make run`"):
        call_command("demo")


@pytest.mark.django_db
def test_is_refused_where_no_stand_in_answers(settings):
    settings.DEMO_ALLOWED = True
    settings.OCEAFIN_PARTNER_API_BASE_URL = "http://127.0.0.1:9"
    ownership.mark(connection, ownership.Kind.DEMO)
    with pytest.raises(CommandError, match="does not answer"):
        call_command("demo")


@pytest.mark.parametrize("customer", [*cast.everybody(), *cast.LATECOMERS], ids=lambda customer: customer.ref)
def test_hands_in_whole_cases(customer):
    now = timezone.now()
    data = papers.details_of(customer, consented_at=now)
    submission_type = "KYB" if customer.is_company else "KYC"
    details.check(data, submission_type=submission_type, now=now)
    assert details.missing(data, submission_type=submission_type) == []


@pytest.mark.parametrize("customer", [cast.PEOPLE[0], cast.COMPANIES[0]], ids=lambda customer: customer.ref)
def test_draws_documents_that_are_taken_in(customer):
    for _kind, _name, content in papers.specimens_of(customer, timezone.now().date()):
        if files.content_type_of(content) == files.JPEG:
            assert Image.open(io.BytesIO(content)).size == (1000, 640)


def test_names_each_customer_and_payout_once():
    customers = [customer.ref for customer in [*cast.everybody(), *cast.LATECOMERS]]
    numbers = [payout.number for payout in [*payouts.FIRST, *payouts.OTHERS, *payouts.LATECOMERS]]
    assert len(customers) == len(set(customers)) >= 40
    assert len(numbers) == len(set(numbers))


def test_lets_money_in_to_customers_who_are_there_at_once():
    everything = [*deposits.FIRST, *money_in.FIRST, *conversions.FIRST, *money_in.LAST, *batches.LAST]
    assert {wanted.customer for wanted in everything} <= {customer.ref for customer in cast.first()}
