"""Secrets at rest: one key per owner, wrapped by FIELD_KEYS.

Fields and bodies that hold personal data are sealed under the key of the customer they are about, with
AES-256-GCM, bound to a context ("submission.body") so that a sealed value cannot be moved to another
place. Destroying one key erases one customer. Equality search goes by keyed hash (`fingerprint`).
"""

from backoffice.vault.sealing import (
    KeyDestroyed,
    SealBroken,
    create_key,
    destroy_key,
    door_key,
    fingerprint,
    fingerprinter,
    mask,
    rewrap_keys,
    seal,
    seal_text,
    unseal,
    unseal_text,
)

__all__ = [
    "KeyDestroyed",
    "SealBroken",
    "create_key",
    "destroy_key",
    "door_key",
    "fingerprint",
    "fingerprinter",
    "mask",
    "rewrap_keys",
    "seal",
    "seal_text",
    "unseal",
    "unseal_text",
]
