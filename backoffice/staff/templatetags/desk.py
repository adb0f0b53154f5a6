"""Tags that every page is built from. They are shown, with the style, in docs/style-guide.md."""

import re
from calendar import month_name
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.db.models import Model
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.staff import timelines
from backoffice.staff.templatetags.icons import PATHS

register = template.Library()

TONES: dict[str, frozenset[str]] = {
    "ok": frozenset(
        {
            "SETTLED",
            "APPROVED",
            "ACCEPTED",
            "APPLIED",
            "ACTIVE",
            "IN_FORCE",
            "COMPLETED",
            "READY",
            "MATCHED",
            "OPENED",
            "AVAILABLE",
            "NOT_SAME",
        }
    ),
    "bad": frozenset(
        {"FAILED", "REJECTED", "REFUSED", "DECLINED", "DEAD", "SUSPENDED", "CLOSED", "RESTRICTED", "HELD"}
    ),
    "warn": frozenset(
        {
            "UNCONFIRMED",
            "NEEDS_INFO",
            "MISSING_INFO",
            "PARKED",
            "RETURNED",
            "CONTRADICTED",
            "OFFBOARDING",
            "PENDING_TRAVEL_RULE",
            "UNMATCHED",
            "MISSING_INFO_REQUIRED",
            "SAME",
        }
    ),
    "info": frozenset(
        {
            "SENDING",
            "SENT",
            "IN_REVIEW",
            "SUBMITTING",
            "SUBMITTED",
            "PROCESSING",
            "RECEIVED",
            "CONFIRMED",
            "ANSWERING",
        }
    ),
    "off": frozenset(
        {"WITHDRAWN", "CANCELLED", "EXPIRED", "IGNORED", "REVOKED", "INACTIVE", "DRAFT", "SET_ASIDE"}
    ),
}
# As a sentence of a service names an instant: "30 November 2026, 13:38 UTC".
_MONTHS = "|".join(month_name[1:])
_INSTANT = re.compile(rf"\b(\d{{1,2}} (?:{_MONTHS}) \d{{4}}, \d\d:\d\d(?::\d\d)?) UTC\b", re.ASCII)
PLAIN_NUMBER = re.compile(r"-?[0-9]{1,64}(\.[0-9]{1,64})?", re.ASCII)
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", re.ASCII)
TONE_ICONS = {"ok": "check", "bad": "bad", "warn": "warn", "info": "moving", "wait": "clock", "off": "off"}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A small line icon; always beside text or on a labelled button."""
    paths = SafeString(PATHS.get(name, PATHS["dot"]))
    return format_html(
        '<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">{}</svg>', paths
    )


@register.simple_tag
def money(amount: Decimal | str | None, currency: str = "") -> SafeString:
    """An amount with all of its own digits, never rounded, and its currency; what is no number as it came."""
    if amount is None or amount == "":
        return SafeString('<span class="money money--none">–</span>')
    if isinstance(amount, str) and not PLAIN_NUMBER.fullmatch(amount):
        # As it came: "1e999999999" is short, and as digits it would fill the memory.
        return format_html('<span class="money">{} <abbr>{}</abbr></span>', amount, currency)
    text = f"{Decimal(amount):,f}".replace("-", "−")
    return format_html('<span class="money">{} <abbr>{}</abbr></span>', text, currency)


@register.simple_tag
def when(at: datetime | None) -> SafeString:
    """An instant: in the reader's zone once the script ran, with the exact UTC on hover."""
    if at is None:
        return SafeString("–")
    utc = at.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}" data-local>{}</time>',
        utc.isoformat().replace("+00:00", "Z"),
        utc.strftime("%-d %B %Y, %H:%M:%S UTC"),
        utc.strftime("%-d %b %Y, %H:%M UTC"),
    )


@register.filter
def local_times(sentence: str) -> SafeString:
    """A sentence whose instants are in UTC, each of them as `when` shows it."""
    words = _INSTANT.split(str(sentence))
    return format_html_join(
        "", "{}", ((_instant(word) if at % 2 else word,) for at, word in enumerate(words))
    )


def _instant(words: str) -> str:
    seconds = ":%S" if words.count(":") == 2 else ""
    try:
        return when(datetime.strptime(words, f"%d %B %Y, %H:%M{seconds}").replace(tzinfo=UTC))
    except ValueError:  # such a day or hour is not: somebody else's words
        return f"{words} UTC"


@register.simple_tag
def age(at: datetime | None, now: datetime | None = None) -> SafeString:
    """How long ago, as an age; the exact UTC on hover."""
    if at is None:
        return SafeString("–")
    utc = at.astimezone(UTC)
    seconds = int(((now or datetime.now(UTC)) - at).total_seconds())
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        utc.isoformat().replace("+00:00", "Z"),
        utc.strftime("%-d %B %Y, %H:%M:%S UTC"),
        _age_text(max(0, seconds)),
    )


@register.filter
def time_left(time: timedelta) -> str:
    """How long, in one unit: "3 hours"; less than a minute is a minute."""
    return _age_text(max(60, int(time.total_seconds())))


def _age_text(seconds: int) -> str:
    if seconds < 60:
        return _("just now")
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 60:
        return ngettext("%d minute", "%d minutes", minutes) % minutes
    if hours < 48:
        return ngettext("%d hour", "%d hours", hours) % hours
    return ngettext("%d day", "%d days", days) % days


@register.simple_tag
def ident(value: Any, label: str = "") -> SafeString:
    """A reference or id in full, with a button that copies it; an IBAN `in_fours`."""
    if value in (None, ""):
        return SafeString("–")
    if _is_iban(str(value)):
        return in_fours(str(value), label)
    return format_html(
        '<span class="id-copy"><code>{}</code><button type="button" class="icon-button" data-copy="{}" '
        'aria-label="{}" title="{}">{}</button></span>',
        value,
        value,
        _("Copy %(what)s") % {"what": label or value},
        _("Copy"),
        icon("copy"),
    )


@register.simple_tag
def badge(tone: str, text: str, title: str = "") -> SafeString:
    """A word with a shape and a colour: `ok`, `wait`, `warn`, `bad`, `info` or `off`."""
    return format_html(
        '<span class="badge badge--{}" title="{}">{}<span>{}</span></span>',
        tone,
        title,
        icon(TONE_ICONS.get(tone, "clock")),
        text,
    )


def tone_of(state: str) -> str:
    """The tone of a state's name; an unknown one waits."""
    return next((tone for tone, names in TONES.items() if state in names), "wait")


@register.simple_tag
def state_badge(machine: Any, state: str) -> SafeString:
    """A state as a badge, its sentence on hover. `machine` may be None; unknown states are shown as they came."""
    sentences = getattr(machine, "sentences", {})
    sentence = next((str(text) for known, text in sentences.items() if str(known) == str(state)), "")
    text = str(state).replace("_", " ").capitalize().replace("travel rule", "Travel Rule") or _("Unknown")
    return badge(tone_of(str(state)), text, sentence)


@register.inclusion_tag("staff/waits.html")
def waits(
    what: str, since: datetime | None = None, who: str = "", by_itself: str = "", now: datetime | None = None
) -> dict[str, Any]:
    """What a record waits for, since when, who can move it, and what happens by itself."""
    return {"what": what, "since": since, "who": who, "by_itself": by_itself, "now": now}


@register.simple_tag
def masked(text: str) -> SafeString:
    """Personal data that is hidden until somebody has a reason to see it."""
    return format_html('<span class="masked" title="{}">{}</span>', _("Hidden: personal data"), text)


@register.simple_tag
def in_fours(text: str, label: str = "") -> SafeString:
    """A long number in groups of four that are only drawn apart: what is selected and copied has no blanks."""
    fours = [(text[at : at + 4],) for at in range(0, len(text), 4)]
    groups = format_html_join("", "<span>{}</span>", fours)
    copied = {
        "text": text,
        "label": _("Copy %(what)s") % {"what": label or text},
        "title": _("Copy"),
        "icon": icon("copy"),
    }
    return format_html(
        '<span class="id-copy"><code class="fours">{groups}</code><button type="button" class="icon-button" '
        'data-copy="{text}" aria-label="{label}" title="{title}">{icon}</button></span>',
        groups=groups,
        **copied,
    )


def _is_iban(text: str) -> bool:
    """By its form and its check digits."""
    if not _IBAN.fullmatch(text):
        return False
    return int("".join(str(int(each, 36)) for each in text[4:] + text[:4])) % 97 == 1


@register.filter
def unbroken(text: str) -> str:
    """A hidden number that stays on one line: "•••• 2051"."""
    return str(text).replace("• ", "•\N{NO-BREAK SPACE}")


@register.filter
def verb_words(verb: str) -> str:
    """A verb of the trail as a person reads it; one that has no words, as `screening.recorded`, by its name."""
    return timelines.verb_in_words(verb) or (
        verb if " " in verb else verb.replace(".", " ").replace("_", " ")
    )


@register.simple_tag(takes_context=True)
def field_value(context: Any, field: Any, record: Any) -> Any:
    """A read-only field of a record page: instants as `when` shows them, links only where they open."""
    value = getattr(record, str(field.field.get("name", "")), None)
    if isinstance(value, datetime):
        return when(value)
    if isinstance(value, date):
        return f"{value:%-d %b %Y}"
    if isinstance(value, Model) and not _opens(context["request"].user, value):
        return getattr(value, "display_name", None) or str(value)
    return field.contents() or "–"


def _opens(user: Any, record: Model) -> bool:
    meta = record._meta
    return bool(user.has_perm(f"{meta.app_label}.view_{meta.model_name}"))


@register.simple_tag
def list_count(cl: Any) -> str:
    """How many rows a list has; beyond what was counted, only that there are more."""
    from backoffice.staff.admin_base import COUNTED_AT_MOST

    if cl.result_count >= COUNTED_AT_MOST:
        return _("More than %(count)s") % {"count": f"{COUNTED_AT_MOST:,}"}
    return ngettext("%d record", "%d records", cl.result_count) % cl.result_count


@register.simple_tag
def page_url(cl: Any, page: int) -> str:
    """The address of another page of the same list."""
    return str(cl.get_query_string({"p": page}))
