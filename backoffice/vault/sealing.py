import functools
import hashlib
import hmac
import os
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Union
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import transaction

from backoffice.staff.errors import Refusal

if TYPE_CHECKING:
    from backoffice.vault.models import DataKey

KeyOrId = Union["DataKey", UUID]

VERSION = b"\x01"
NONCE_BYTES = 12
# A destroyed key stays usable in another process for at most this long.
CACHE_SECONDS = 30.0
CACHE_SIZE = 2048


class KeyDestroyed(Refusal):
    """The data was erased: its key no longer exists. So a page or an API that meets it says so."""


class SealBroken(Exception):
    """The sealed value does not belong here, or was changed."""


def create_key(*, purpose: str) -> "DataKey":
    """Make a new key and store it wrapped. `purpose` names the kind of owner, such as "customer"."""
    from backoffice.vault.models import DataKey

    return DataKey.objects.create(purpose=purpose, wrapped=_wrapper().encrypt(AESGCM.generate_key(256)))


def seal(key: KeyOrId, plain: bytes, *, context: str) -> bytes:
    """Encrypt `plain` under `key` for `context`. Raises KeyDestroyed."""
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + _cipher(key).encrypt(nonce, plain, context.encode())


def unseal(key: KeyOrId, sealed: bytes, *, context: str) -> bytes:
    """Decrypt what `seal` made under the same key and context. Raises KeyDestroyed or SealBroken."""
    sealed = bytes(sealed)
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        if sealed[:1] != VERSION:
            raise InvalidTag
        return _cipher(key).decrypt(nonce, body, context.encode())
    except (InvalidTag, ValueError):
        raise SealBroken("A sealed value could not be opened: it was changed or belongs elsewhere.") from None


def seal_text(key: KeyOrId, text: str, *, context: str) -> bytes:
    return seal(key, text.encode(), context=context)


def unseal_text(key: KeyOrId, sealed: bytes, *, context: str) -> str:
    return unseal(key, sealed, context=context).decode()


def destroy_key(key: KeyOrId, *, now: datetime) -> None:
    """Erase everything that was sealed under `key`, for ever. A backup of the database is out of reach."""
    from backoffice.vault.models import DataKey

    key_id = _id(key)
    DataKey.objects.filter(pk=key_id).update(wrapped=b"", destroyed_at=now)
    _KEYS.pop(key_id, None)


def door_key() -> "DataKey":
    """The installation's own key, for what has no owner yet: an event at the door, before it is placed."""
    return _house_key("door")


def fingerprint(value: str, *, context: str) -> str:
    """A keyed hash of `value` (64 hex digits) that finds equal values without reading them.

    The caller normalises (case, spaces) first. The same value in two contexts has two fingerprints.
    """
    return fingerprinter(context=context)(value)


def fingerprinter(*, context: str) -> Callable[[str], str]:
    """`fingerprint` for many values at once. Not to be kept: it holds the key."""
    # HMAC (RFC 2104) by hand: the key and the context begin every value alike, and are hashed once instead.
    key = _secret(_house_key("fingerprints").pk).ljust(hashlib.sha256().block_size, b"\0")
    inner = hashlib.sha256(key.translate(hmac.trans_36) + f"{context}\0".encode())
    outer = hashlib.sha256(key.translate(hmac.trans_5C))

    def of(value: str) -> str:
        inside, outside = inner.copy(), outer.copy()
        inside.update(value.encode())
        outside.update(inside.digest())
        return outside.hexdigest()

    return of


def mask(value: str, *, keep: int = 4) -> str:
    """Show the last `keep` characters only, and never more than half of the value."""
    shown = min(keep, len(value) // 2)
    return f"•••• {value[-shown:]}" if shown else "••••"


def rewrap_keys() -> int:
    """Wrap every key anew under the first of FIELD_KEYS. Returns how many were wrapped."""
    from backoffice.vault.models import DataKey

    count = 0
    for key in DataKey.objects.filter(destroyed_at__isnull=True).iterator():
        wrapped = bytes(key.wrapped)
        # Compare and set: a key that was destroyed meanwhile stays destroyed.
        count += DataKey.objects.filter(pk=key.pk, wrapped=wrapped).update(wrapped=_wrapper().rotate(wrapped))
    return count


def _house_key(purpose: str) -> "DataKey":
    from backoffice.vault.models import DataKey

    known = _HOUSE.get(purpose)
    if known is not None:
        return known
    key = DataKey.objects.filter(purpose=purpose).first()
    if key is None:
        wrapped = _wrapper().encrypt(AESGCM.generate_key(256))
        DataKey.objects.bulk_create([DataKey(purpose=purpose, wrapped=wrapped)], ignore_conflicts=True)
        key = DataKey.objects.get(purpose=purpose)
    _remember(key.pk, bytes(key.wrapped))
    # Remembered only once it is there to stay: a rollback would take the row away, also from a second use
    # in the same transaction, and leave us sealing under a lost key.
    found = key
    transaction.on_commit(lambda: _HOUSE.__setitem__(purpose, found))
    return key


def _cipher(key: KeyOrId) -> AESGCM:
    return _cached(_id(key))[1]


def _secret(key_id: UUID) -> bytes:
    return _cached(key_id)[0]


def _cached(key_id: UUID) -> tuple[bytes, AESGCM, float]:
    known = _KEYS.get(key_id)
    if known is not None and known[2] > time.monotonic():
        return known
    return _remember(key_id, _wrapped(key_id))


def _remember(key_id: UUID, wrapped: bytes) -> tuple[bytes, AESGCM, float]:
    secret = _unwrapped(wrapped)
    if len(_KEYS) >= CACHE_SIZE:
        _KEYS.clear()
    _KEYS[key_id] = (secret, AESGCM(secret), time.monotonic() + CACHE_SECONDS)
    return _KEYS[key_id]


def _wrapped(key_id: UUID) -> bytes:
    from backoffice.vault.models import DataKey

    wrapped = DataKey.objects.filter(pk=key_id).values_list("wrapped", flat=True).first()
    if not wrapped:
        raise KeyDestroyed("This data was erased and cannot be shown or sent.")
    return bytes(wrapped)


def _unwrapped(wrapped: bytes) -> bytes:
    try:
        return _wrapper().decrypt(wrapped)
    except InvalidToken:
        raise SealBroken("None of FIELD_KEYS opens this key. Put the key that wrapped it back.") from None


def _id(key: KeyOrId) -> UUID:
    return key if isinstance(key, UUID) else key.pk


@functools.cache
def _wrapper() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


_KEYS: dict[UUID, tuple[bytes, AESGCM, float]] = {}
_HOUSE: dict[str, "DataKey"] = {}


def forget_cached_keys() -> None:
    """Drop what this process remembers, for a test database that starts anew."""
    _KEYS.clear()
    _HOUSE.clear()
