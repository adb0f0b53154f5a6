"""The words of a notice: counts and links. No names, amounts, references or account numbers: mail is read by others."""

from datetime import UTC, datetime

from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.staff import links
from backoffice.staff.counting import COUNTED_AT_MOST, count_each
from backoffice.staff.models import User
from backoffice.staff.roles import rights_of
from backoffice.staff.templatetags.desk import time_left
from payments import approving, payee_desk, queues, running_out
from payments.models import PaymentRequest
from payments.notices import choosing
from payments.notices.models import Notice, NoticeKind
from payments.notices.states import NoticeState
from payments.showing import url_of


def written(notice: Notice, now: datetime) -> EmailMessage | None:
    """The mail as things stand now; None where there is nothing to tell this person any more."""
    person, payment = notice.person, notice.payment
    if not person.is_active or notice.expires_at <= now or not queues.may_be_asked(person):
        return None
    if notice.kind == NoticeKind.DIGEST:
        words = _digest(person, now) if choosing.choice_of(person).digest else None
    else:
        words = _half_time(payment, person, now) if payment and _wanted(payment, person) else None
    if words is None:
        return None
    subject, lines = words
    lines.append(f"{_('Which of these e-mails you get:')}\n{_address('payment_notices:mine')}")
    lines.append(_("This was sent by the back office by itself. Nobody reads answers to it."))
    return EmailMessage(subject=subject, body="\n\n".join(lines) + "\n", to=[person.email])


def _digest(person: User, now: datetime) -> tuple[str, list[str]] | None:
    mine = queues.waiting_for_my_approval(person, now)
    payees = payee_desk.to_confirm_for(person, rights_of(person.roles))
    number, *unconfirmed = count_each([mine, *payees])
    if not number and not any(unconfirmed):
        return None
    soon = running_out.running_out(now).filter(pk__in=mine.order_by().values("pk"))
    queue = _address("payments:queue")
    parts = [
        (_("Payments to approve"), number, f"{queue}?queue=mine"),
        (_("Of these run out soon"), count_each([soon])[0], f"{queue}?queue=running-out"),
        (_("Beneficiaries to confirm"), sum(unconfirmed), _address("payments:to_confirm")),
    ]
    subject = ngettext(
        "%(count)s payment waits for your approval", "%(count)s payments wait for your approval", number
    )
    lines = [f"{label}: {_shown(count)}\n{url}" for label, count, url in parts if count]
    return subject % {"count": _shown(number)}, lines


def _wanted(payment: PaymentRequest, person: User) -> bool:
    """Who switched it off since it was written gets it only where nobody is told who did not."""
    if choosing.choice_of(person).half_time:
        return True
    told = Notice.objects.filter(kind=NoticeKind.HALF_TIME, payment=payment).exclude(
        state=NoticeState.DROPPED
    )
    people = User.objects.filter(pk__in=told.values("person"))
    return not any(approving.may_approve(payment, each) for each in choosing.who_wants(people, "half_time"))


def _half_time(payment: PaymentRequest, person: User, now: datetime) -> tuple[str, list[str]] | None:
    if not approving.may_approve(payment, person):
        return None
    until = payment.approval_deadline_at
    sentence = _(
        "A payment waits for your approval, and half of its time is gone. It expires in %(left)s, on %(at)s UTC."
    )
    at = f"{until.astimezone(UTC):%-d %B %Y, %H:%M}"
    lines = [sentence % {"left": time_left(until - now), "at": at}, links.base_url() + url_of(payment)]
    return _("A payment waits for your approval: half of its time is gone"), lines


def _address(name: str) -> str:
    return links.base_url() + reverse(name)


def _shown(number: int) -> str:
    return f"{COUNTED_AT_MOST - 1}+" if number >= COUNTED_AT_MOST else str(number)
