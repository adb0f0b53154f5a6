"""Contestant: dj-stripe's webhook view, in a virtual environment of its own. Words: fresh, forged.

Verified by signature as its documentation recommends, with the stock middleware, on the same PostgreSQL.
"""

import hashlib
import hmac
import json
import os
import time
import uuid
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.urls import include, path

parts = urlsplit(os.environ["DATABASE_URL"])
settings.configure(
    SECRET_KEY="only-for-this-measurement-0123456789-0123456789-0123456789",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": parts.username,
            "PASSWORD": parts.password,
            "HOST": parts.hostname,
            "PORT": parts.port,
            "CONN_MAX_AGE": 600,
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "djstripe",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    STRIPE_TEST_SECRET_KEY="sk_test_" + "0" * 24,
    STRIPE_LIVE_MODE=False,
    DJSTRIPE_FOREIGN_KEY_TO_FIELD="id",
    LOGGING_CONFIG=None,
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from djstripe.models import Account, APIKey, WebhookEndpoint  # noqa: E402

from tests.bench import event  # noqa: E402
from tests.bench.wsgi_caller import environ, timed  # noqa: E402

SECRET = "whsec_" + "a" * 32
urlpatterns = [path("stripe/", include("djstripe.urls", namespace="djstripe"))]
application = get_wsgi_application()


def endpoint() -> WebhookEndpoint:
    # With the owner known, nothing has to be asked of Stripe.
    owner = Account.objects.create(id=f"acct_{uuid.uuid4().hex[:16]}", livemode=False)
    key = {
        "id": f"sk_{uuid.uuid4().hex}",
        "type": "secret",
        "livemode": False,
        "djstripe_owner_account": owner,
    }
    APIKey.objects.update_or_create(secret=settings.STRIPE_TEST_SECRET_KEY, defaults=key)
    return WebhookEndpoint.objects.create(
        id=f"we_{uuid.uuid4().hex}",
        djstripe_uuid=uuid.uuid4(),
        url="https://example.com/",
        secret=SECRET,
        livemode=False,
        api_version="2024-06-20",
        enabled_events=["*"],
        status="enabled",
        djstripe_validation_method="verify_signature",
        djstripe_owner_account=owner,
    )


def request(url: str, *, forged: bool) -> dict:
    body = json.dumps(event.fresh_of_stripe()).encode()
    at = int(time.time())
    signature = hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return environ(url, body, {"Stripe-Signature": f"t={at},v1={'0' * 64 if forged else signature}"})


def main() -> None:
    import logging
    import sys

    logging.disable(logging.CRITICAL)
    call_command("migrate", verbosity=0)
    url = f"/stripe/webhook/{endpoint().djstripe_uuid}/"
    print("ready", flush=True)
    for line in sys.stdin:
        count, _, word = line.strip().partition(" ")
        forged = word == "forged"
        requests = [request(url, forged=forged) for _ in range(int(count))]
        print("took", timed(application, requests, expected="400" if forged else "200"), flush=True)


if __name__ == "__main__":
    main()
