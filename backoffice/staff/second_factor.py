"""The second factor: time-based codes and recovery codes, each good for one use, secrets sealed by the vault."""

import base64
import time
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from backoffice import vault
from backoffice.staff import lockout
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User

CONTEXT = "staff.second_factor"
PERIOD_SECONDS = 30
# A phone's clock may be one step off.
STEPS_EITHER_WAY = 1


class WrongCode(Refusal):
    """Neither the phone's code of this moment nor an unused recovery code."""


class CodeUsed(WrongCode):
    """The right code, but it has done its work already."""


class NotEnrolled(Refusal):
    """The person has no second factor yet."""


def seal_for(user: User, text: str) -> str:
    """Seal under the person's own key; the key's id travels in front."""
    if user.vault_key is None:
        user.vault_key = vault.create_key(purpose="staff").pk
        user.save(update_fields=["vault_key"])
    sealed = vault.seal_text(user.vault_key, text, context=CONTEXT)
    return f"{user.vault_key}:{base64.b64encode(sealed).decode()}"


def unseal(sealed: str) -> str:
    """The text that `seal_for` sealed."""
    key, _colon, body = sealed.partition(":")
    return vault.unseal_text(UUID(key), base64.b64decode(body), context=CONTEXT)


def new_secret() -> str:
    """A fresh secret in base32, to be scanned or typed into an authenticator app."""
    return str(generate_totp_secret())


def counter_of(secret: str, code: str, *, now: datetime) -> int | None:
    """The time step whose code this is, or None. Looks one step back and one ahead."""
    middle = int(now.timestamp()) // PERIOD_SECONDS
    for counter in range(middle - STEPS_EITHER_WAY, middle + STEPS_EITHER_WAY + 1):
        if constant_time_compare(format_hotp_value(hotp_value(secret, counter)), code):
            return counter
    return None


def code_at(secret: str, *, now: datetime, steps: int = 0) -> str:
    """The code of this secret at this moment, or some steps before or after it."""
    return str(format_hotp_value(hotp_value(secret, int(now.timestamp()) // PERIOD_SECONDS + steps)))


def enrol(*, user: User, secret: str, code: str, now: datetime) -> list[str]:
    """Make this secret the person's second factor and return their recovery codes, once.

    Raises WrongCode if the code is not of this secret and moment.
    """
    counter = counter_of(secret, _tidy(code), now=now)
    if counter is None:
        raise WrongCode(_("This code does not fit. Check the clock of your phone and type the newest code."))
    Authenticator.objects.filter(user=user).delete()
    Authenticator.objects.create(
        user=user,
        type=Authenticator.Type.TOTP,
        data={"secret": seal_for(user, secret), "used_counter": counter},
    )
    return renew_recovery_codes(user)


def renew_recovery_codes(user: User) -> list[str]:
    """Replace the recovery codes; the old ones are worth nothing from now on."""
    Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
    row = Authenticator.objects.create(
        user=user,
        type=Authenticator.Type.RECOVERY_CODES,
        data={"seed": seal_for(user, RecoveryCodes.generate_seed()), "used_mask": 0},
    )
    return list(RecoveryCodes(row).generate_codes())


def is_enrolled(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def check(*, user: User, code: str, now: datetime) -> Authenticator:
    """Take a code from the person: six digits from the phone, or a recovery code. Each works once.

    Raises LockedOut, WrongCode or CodeUsed. Tries are counted across processes before they are looked at.
    """
    subject = f"code:{user.pk}"
    lockout.take(subject, now=now)
    code = _tidy(code)
    # The row lock makes two uses of one code at once take turns; the second finds it used.
    with transaction.atomic():
        rows = {row.type: row for row in Authenticator.objects.select_for_update().filter(user=user)}
        row = rows.get(Authenticator.Type.TOTP)
        used = row if row is not None and _use_phone_code(row, code, now=now) else None
        recovery = rows.get(Authenticator.Type.RECOVERY_CODES)
        if used is None and recovery is not None and RecoveryCodes(recovery).validate_code(code):
            used = recovery
    if used is None:
        raise WrongCode(_("This code is not right. Type the newest code from your authenticator app."))
    lockout.clear(subject)
    return used


def _use_phone_code(row: Authenticator, code: str, *, now: datetime) -> bool:
    counter = counter_of(unseal(row.data["secret"]), code, now=now)
    if counter is None:
        return False
    if counter <= row.data.get("used_counter", 0):
        raise CodeUsed(_("This code was used already. Wait for the next one in your app."))
    row.data["used_counter"] = counter
    row.save(update_fields=["data"])
    return True


def usable_code(user: User, *, now: datetime) -> str | None:
    """A code that would be taken now, or None until the next step. For the demo people of local mode only."""
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if row is None:
        raise NotEnrolled(_("%(name)s has no second factor yet.") % {"name": user.display_name})
    secret, used = unseal(row.data["secret"]), row.data.get("used_counter", 0)
    middle = int(now.timestamp()) // PERIOD_SECONDS
    for counter in (middle, middle + 1):
        if counter > used:
            return str(format_hotp_value(hotp_value(secret, counter)))
    return None


def seconds_left() -> int:
    """Until the next time step."""
    return PERIOD_SECONDS - int(time.time()) % PERIOD_SECONDS


def _tidy(code: str) -> str:
    return "".join(code.split()).replace("-", "")
