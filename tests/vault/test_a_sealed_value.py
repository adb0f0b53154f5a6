import hmac

import pytest
from cryptography.fernet import Fernet
from django.db import transaction
from django.utils import timezone

from backoffice import vault
from backoffice.vault import sealing
from backoffice.vault.models import DataKey

pytestmark = pytest.mark.django_db


@pytest.fixture
def key() -> DataKey:
    return vault.create_key(purpose="customer")


def test_is_read_back_with_its_key_and_context(key: DataKey) -> None:
    sealed = vault.seal_text(key, "Zoë Ångström", context="customer.name")
    assert "Zoë".encode() not in sealed
    assert vault.unseal_text(key.pk, sealed, context="customer.name") == "Zoë Ångström"


def test_cannot_be_moved_to_another_context(key: DataKey) -> None:
    sealed = vault.seal(key, b"1", context="a")
    with pytest.raises(vault.SealBroken):
        vault.unseal(key, sealed, context="b")


def test_cannot_be_opened_with_the_key_of_another_customer(key: DataKey) -> None:
    sealed = vault.seal(key, b"1", context="a")
    with pytest.raises(vault.SealBroken):
        vault.unseal(vault.create_key(purpose="customer"), sealed, context="a")


@pytest.mark.parametrize("cut", [0, 1, 5, 20])
def test_that_was_cut_or_changed_is_refused(key: DataKey, cut: int) -> None:
    sealed = vault.seal(key, b"hello", context="a")
    with pytest.raises(vault.SealBroken):
        vault.unseal(key, sealed[:cut], context="a")


@pytest.mark.parametrize("place", [0, 1, 13, -1])
def test_with_one_byte_changed_is_refused(key: DataKey, place: int) -> None:
    sealed = bytearray(vault.seal(key, b"hello", context="a"))
    sealed[place] ^= 1
    with pytest.raises(vault.SealBroken):
        vault.unseal(key, bytes(sealed), context="a")


def test_is_gone_when_its_key_is_destroyed(key: DataKey) -> None:
    sealed = vault.seal(key, b"1", context="a")
    vault.destroy_key(key, now=timezone.now())
    with pytest.raises(vault.KeyDestroyed):
        vault.unseal(key, sealed, context="a")


def test_survives_a_rotation_of_the_field_keys(key: DataKey, settings) -> None:
    sealed = vault.seal(key, b"1", context="a")
    erased = vault.create_key(purpose="customer")
    vault.destroy_key(erased, now=timezone.now())
    old, new = settings.FIELD_KEYS[0], Fernet.generate_key().decode()
    use_field_keys(settings, [new, old])
    assert vault.rewrap_keys() >= 1
    use_field_keys(settings, [new])
    assert vault.unseal(key, sealed, context="a") == b"1"
    with pytest.raises(vault.KeyDestroyed):
        vault.seal(erased, b"1", context="a")
    use_field_keys(settings, [old])
    with pytest.raises(vault.SealBroken):
        vault.unseal(key, sealed, context="a")


def use_field_keys(settings, keys: list[str]) -> None:
    settings.FIELD_KEYS = keys
    sealing._wrapper.cache_clear()
    sealing.forget_cached_keys()


@pytest.fixture(autouse=True)
def _fresh_wrapper():
    yield
    sealing._wrapper.cache_clear()
    sealing.forget_cached_keys()


def test_of_the_house_is_under_a_key_of_its_own_that_is_there_to_stay(key: DataKey) -> None:
    sealing.forget_cached_keys()
    door, fingerprints = vault.door_key(), sealing._house_key("fingerprints")
    assert (door.purpose, fingerprints.purpose) == ("door", "fingerprints")
    DataKey.objects.filter(purpose="door").delete()
    sealing.forget_cached_keys()
    with transaction.atomic():
        lost = vault.door_key()
        transaction.set_rollback(True)
    assert not DataKey.objects.filter(pk=lost.pk).exists()
    kept = vault.door_key()
    assert DataKey.objects.get(purpose="door") == kept


def test_is_found_by_a_fingerprint_that_differs_per_context() -> None:
    one = vault.fingerprint("DE89370400440532013000", context="iban")
    assert one == vault.fingerprint("DE89370400440532013000", context="iban")
    assert one != vault.fingerprint("DE89370400440532013000", context="document")
    assert len(one) == 64


def test_has_a_fingerprint_that_is_the_hmac_of_context_and_value() -> None:
    vault.fingerprint("", context="iban")
    key = sealing._secret(sealing._house_key("fingerprints").pk)
    expected = hmac.digest(key, "iban\0Zürich".encode(), "sha256").hex()
    assert vault.fingerprint("Zürich", context="iban") == expected


@pytest.mark.parametrize(
    ("value", "shown"),
    [("DE89370400440532013000", "•••• 3000"), ("1234", "•••• 34"), ("1", "••••"), ("", "••••")],
)
def test_is_masked_to_its_end(value: str, shown: str) -> None:
    assert vault.mask(value) == shown
