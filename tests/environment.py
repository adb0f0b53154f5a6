"""The settings that tests run under: always these, whatever the shell holds.

Only the two servers come from outside (DATABASE_URL, REDIS_URL). A secret or the address of a real
Oceafin that happens to be exported in a shell must never reach a test.
"""

import base64
import os

SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "backoffice.settings",
    "BACKOFFICE_LOCAL": "1",
    "SECRET_KEY": "test-only-secret-key-0123456789-0123456789-0123456789",
    "FIELD_KEYS": base64.urlsafe_b64encode(b"f" * 32).decode(),
    "AUDIT_KEY": "test-only-audit-key-0123456789abcdef",
    # Nothing listens there. A test that needs an Oceafin starts a simulator and names its address.
    "OCEAFIN_PARTNER_API_BASE_URL": "http://127.0.0.1:9",
    "OCEAFIN_PARTNER_API_CLIENT_ID": "test-client",
    "OCEAFIN_PARTNER_API_CLIENT_SECRET": "test-client-secret",
    "OCEAFIN_PARTNER_API_WEBHOOK_SECRET": "test-webhook-secret",
    "BUSINESS_TIME_ZONE": "UTC",
    "BASE_CURRENCY": "EUR",
    # The lot falls by the reference of a case: with so few it falls on none that the tests use.
    "SECOND_LOOK_PERCENT": "1",
    "MAIL_FOLDER": ".pytest_cache/mail",
    "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
}
UNSET = ("OCEAFIN_PARTNER_API_WEBHOOK_SECRET_PREVIOUS", "BEHIND_TLS_PROXY", "DOCUMENTS_FOLDER", "EMAIL_HOST")
SERVERS = ("DATABASE_URL", "REDIS_URL")


def missing_servers() -> list[str]:
    return [name for name in SERVERS if not os.environ.get(name)]


def settle() -> None:
    """Put the settings into this process's environment, for Django and for the processes that tests start."""
    os.environ.update(SETTINGS)
    for name in UNSET:
        os.environ.pop(name, None)
