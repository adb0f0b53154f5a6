import pytest
from django.core.checks import run_checks


def found() -> set[str]:
    return {message.id for message in run_checks(include_deployment_checks=True)}


@pytest.mark.parametrize(
    "url",
    ["http://api.oceafin.com", "ftp://127.0.0.1", "http://127.0.0.1.evil.test", "//api.oceafin.com", "x"],
)
def test_of_the_base_url_is_named(settings, url: str) -> None:
    settings.OCEAFIN_PARTNER_API_BASE_URL = url
    assert "backoffice.E001" in found()


@pytest.mark.parametrize(
    "url", ["https://api.oceafin.com", "http://127.0.0.1:8900", "http://[::1]:1", "http://localhost"]
)
def test_is_not_seen_in_a_right_base_url(settings, url: str) -> None:
    settings.OCEAFIN_PARTNER_API_BASE_URL = url
    assert "backoffice.E001" not in found()


@pytest.mark.parametrize("keys", [[], ["short"], ["x" * 44]])
def test_of_the_field_keys_is_named(settings, keys: list[str]) -> None:
    settings.FIELD_KEYS = keys
    assert "backoffice.E002" in found()


def test_of_two_equal_secrets_is_named(settings) -> None:
    settings.AUDIT_KEY = settings.SECRET_KEY
    assert "backoffice.W002" in found()


def test_of_a_short_secret_is_named(settings) -> None:
    settings.AUDIT_KEY = "short"
    assert "backoffice.W001" in found()


def test_of_local_mode_in_production_is_named(settings) -> None:
    settings.LOCAL = True
    assert "backoffice.E003" in found()


@pytest.mark.parametrize(
    ("host", "sender", "encrypted", "named"),
    [
        ("", "backoffice@localhost", True, {"backoffice.W003"}),
        ("mail.example", "backoffice@localhost", True, {"backoffice.W004"}),
        ("mail.example", "office@mail.example", False, {"backoffice.E005"}),
        ("127.0.0.1", "office@mail.example", False, set()),
        ("mail.example", "office@mail.example", True, set()),
    ],
)
def test_of_the_mail_server_is_named(
    settings, host: str, sender: str, encrypted: bool, named: set[str]
) -> None:
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = host, sender
    settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = encrypted, False
    assert found() & {"backoffice.W003", "backoffice.W004", "backoffice.E005"} == named
