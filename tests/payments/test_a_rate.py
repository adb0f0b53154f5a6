"""An exchange rate comes from a lead or from the partner's system, and lets the policy know how much a payment is."""

import pytest
from django.test import Client
from django.utils import timezone

from backoffice.staff import tokens
from backoffice.staff.models import ApiClient
from payments.models import ExchangeRate

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
