"""An exchange rate comes from a lead or from the partner's system, and lets the policy know how much a payment is."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from backoffice.staff import tokens
from backoffice.staff.models import ApiClient
from payments import demanding
from payments.models import ExchangeRate
from payments.money import LARGEST

pytestmark = pytest.mark.django_db


def test_comes_over_the_api_once(client: Client) -> None:
    now = timezone.now()
    token = "t" * 40
    ApiClient.objects.create(
        name="rates",
        scopes=["payments"],
        asked_at=now,
        confirmed_at=now,
        from_shell=True,
        token_sha256=tokens.digest(token),
    )
    headers = {"Authorization": f"Bearer {token}"}
    said = {"currency": "USD", "rate": "0.92", "source": "ECB", "at": now.isoformat()}

    def post(**more) -> int:
        return client.post("/api/v1/rates", said | more, "application/json", headers=headers).status_code

    assert [post(), post(), post(currency="XXQ"), post(rate="0")] == [201, 200, 400, 400]
    assert ExchangeRate.objects.get().recorded_by == "rates"
    [item] = client.get("/api/v1/rates", headers=headers).json()["items"]
    assert (item["currency"], item["rate"], item["source"]) == ("USD", "0.92", "ECB")


def test_counts_as_long_as_it_lives_and_never_before_its_time() -> None:
    now, lives = timezone.now(), timedelta(hours=24)

    def rated(rate: str, at: timedelta, currency: str = "USD", base: str = "EUR") -> None:
        whole = {"currency": currency, "base_currency": base, "rate": Decimal(rate), "source": "ECB"}
        ExchangeRate.objects.create(**whole, at=now + at, recorded_at=now)

    def worth(amount: Decimal = Decimal(100)) -> Decimal | None:
        return demanding.base_amount(amount, "USD", now, rate_lives=lives)[0]

    assert worth() is None
    rated("0.70", -lives - timedelta(seconds=1))
    assert worth() is None
    rated("0.80", -lives)
    assert worth() == 80
    # Another currency's, one against another base, and one that is not to count yet.
    rated("0.10", timedelta(), currency="CHF")
    rated("0.20", timedelta(), base="GBP")
    rated("0.30", timedelta(seconds=1))
    assert worth() == 80
    rated("1", timedelta())
    assert (worth(LARGEST), worth(LARGEST + 1)) == (LARGEST, None)
