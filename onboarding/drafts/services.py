"""Keeping what is being typed, so that nothing is lost when a session ends, a page closes or a machine stops."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import vault
from backoffice.audit import Actor
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from onboarding import guards
from onboarding.drafts.models import DRAFT_CONTEXT, Draft
from onboarding.models import Case

KEPT_FOR = timedelta(days=14)
MOST_FIELDS, MOST_CHARACTERS = 2_000, 200_000


class TooMuch(Refusal):
    """More than a form of ours can hold."""


@dataclass(frozen=True)
class Kept:
    """A draft opened: what was typed, over which revision, and when it was kept."""

    fields: dict[str, str]
    revision: int
    saved_at: datetime


@transaction.atomic
def keep(
    *, case: Case, form: str, fields: Mapping[str, str], revision: int, actor: Actor, now: datetime
) -> None:
    """Keep the words of this person in this form, in place of what was kept; no words forget it.

    Nothing of it is in the trail: it is no act. Raises TooMuch, NotAllowed.
    """
    user = guards.reviewer(actor, now)
    if not any(value.strip() for value in fields.values()):
        forget(case=case, user=user, form=form)
        return
    if len(fields) > MOST_FIELDS or sum(map(len, fields.values())) > MOST_CHARACTERS:
        raise TooMuch(_("This is too long to be kept while you type. Send it soon, or shorten it."))
    plain = json.dumps(dict(fields), ensure_ascii=False).encode()
    sealed = vault.seal(case.customer.vault_key, plain, context=DRAFT_CONTEXT)
    Draft.objects.update_or_create(
        case=case,
        user=user,
        form=form,
        defaults={"fields_sealed": sealed, "revision": revision, "saved_at": now},
    )


def drafts_of(case: Case, user: User) -> dict[str, Kept]:
    """What this person was typing about the case, form by form; nobody else sees it."""
    found = {}
    for draft in Draft.objects.filter(case=case, user=user):
        try:
            plain = vault.unseal(case.customer.vault_key, bytes(draft.fields_sealed), context=DRAFT_CONTEXT)
        except vault.KeyDestroyed:
            continue
        found[draft.form] = Kept(json.loads(plain), draft.revision, draft.saved_at)
    return found


def forget(*, case: Case, user: User, form: str) -> None:
    """The words were sent, or are wanted no more."""
    Draft.objects.filter(case=case, user=user, form=form).delete()


def forget_old(now: datetime) -> int:
    """A duty of the sweep: what nobody came back to for two weeks."""
    return Draft.objects.filter(saved_at__lt=now - KEPT_FOR).delete()[0]
