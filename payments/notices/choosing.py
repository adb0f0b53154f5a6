"""Which notices a person gets: both, until they switch one off for themselves."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.audit import Actor, record
from backoffice.staff import rights
from backoffice.staff.errors import NotAllowed
from backoffice.staff.models import User
from payments import queues
from payments.notices.models import NoticeChoice


def choice_of(person: User) -> NoticeChoice:
    """As it stands; not kept yet where they never chose."""
    return NoticeChoice.objects.filter(person=person).first() or NoticeChoice(person=person)


def who_wants(people: Iterable[User], kind: str) -> list[User]:
    """Those of them who did not switch this kind off. `kind` is a field of NoticeChoice."""
    everybody = list(people)
    off = NoticeChoice.objects.filter(**{"person__in": everybody, kind: False})
    switched_off = set(off.values_list("person", flat=True))
    return [person for person in everybody if person.pk not in switched_off]


@transaction.atomic
def choose(*, digest: bool, half_time: bool, actor: Actor, now: datetime) -> NoticeChoice:
    """Switch one's own notices on or off; the same again changes nothing. Raises NotAllowed."""
    user = User.objects.select_for_update(no_key=True).get(pk=rights.person(actor).pk)
    if not user.is_active or not queues.may_be_asked(user):
        raise NotAllowed(_("Only who can be asked for an approval gets these e-mails."))
    choice = choice_of(user)
    wanted = {"digest": digest, "half_time": half_time}
    changed = {name: is_on for name, is_on in wanted.items() if getattr(choice, name) != is_on}
    if not changed:
        return choice
    for name, is_on in changed.items():
        setattr(choice, name, is_on)
    choice.changed_at = now
    choice.save()
    facts = {name: _in_words(not is_on) + " → " + _in_words(is_on) for name, is_on in changed.items()}
    record(actor=actor, verb="notices.chosen", subject=user, now=now, facts=facts)
    return choice


def _in_words(is_on: bool) -> str:
    return "on" if is_on else "off"
