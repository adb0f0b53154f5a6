"""Tags that show entries of the trail: what happened, its facts in words, and the technical ones folded away."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.staff import timelines
from backoffice.staff.templatetags.desk import PLAIN_NUMBER, masked, when

register = template.Library()

# Facts of the trail under the words that a person knows them by; what only a program reads is left out.
FACT_LABELS = {
    "as": gettext_lazy("shown as"),
    "bytes": gettext_lazy("size"),
    "ref": gettext_lazy("reference"),
    "sha256": gettext_lazy("SHA-256"),
    "body_sha256": gettext_lazy("SHA-256 of the body"),
    "statementSha256": gettext_lazy("SHA-256 of the statement"),
    "given": gettext_lazy("approvals given"),
    "needed": gettext_lazy("approvals needed"),
    "bankAccountRef": gettext_lazy("bank account"),
    "walletAddressRef": gettext_lazy("wallet"),
    "source": gettext_lazy("known from"),
    "oceafin": gettext_lazy("Oceafin says"),
    "base_amount": gettext_lazy("in the base currency"),
    "receives": gettext_lazy("arrives"),
    "kind": gettext_lazy("what"),
    "bad": gettext_lazy("bad rows"),
    "good": gettext_lazy("good rows"),
    "same": gettext_lazy("already there"),
    "stage": gettext_lazy("step"),
    "letter": gettext_lazy("what"),
}
# What is for whoever looks into a defect, and for Oceafin's support: it stands behind "Details".
TECHNICAL = frozenset({"approval", "digest", "key", "selection", "submission", "terms"})
_TECHNICAL_NAME = re.compile(r"(?:^| )(?:id|sha256)$")
_TECHNICAL_VALUE = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{40,}")
# A code or the name of a class, for which nobody has words.
_ONE_WORD = re.compile(r"[A-Z][A-Z0-9_]+|(?:[A-Z][a-z]+){2,}")
SYMBOLS = frozenset({"asset", "currency", "network"})
# What of a fact's name says that it is an amount, to be read with its thousands apart.
AMOUNTS = frozenset({"amount", "balance", "closing", "difference", "fee", "opening", "receives", "total"})
# A job of ours, and a try to deliver. Who types commands is a person.
OF_ITSELF = frozenset({"SYSTEM", "TRY"})
PEOPLE_AT_A_SHELL = frozenset({"shell", "demo"})
KEYS_OF_PEOPLE = frozenset({"receiver", "was_with", "first_by", "asked_by", "confirmed_by"})


@register.simple_tag
def entry_facts(entry: Any) -> SafeString:
    """All facts of an entry of the trail, in one line."""
    return _in_one_line(_facts_of(entry))


@register.simple_tag
def entry_plain_facts(entry: Any) -> SafeString:
    """Those facts of a timeline entry that say something to everybody, in one line."""
    facts = _facts_of(entry)
    return _in_one_line({name: value for name, value in facts.items() if not _is_technical(name, value)})


@register.simple_tag
def entry_details(entry: Any) -> SafeString:
    """The other facts of a timeline entry, folded away."""
    facts = {name: value for name, value in _facts_of(entry).items() if _is_technical(name, value)}
    if not facts:
        return SafeString("")
    shown = _in_one_line(facts)
    return format_html('<details class="details"><summary>{}</summary>{}</details>', _("Details"), shown)


def _facts_of(entry: Any) -> dict[str, Any]:
    return {
        name: value
        for name, value in (entry.facts or {}).items()
        if value not in (None, "", [], {}) and name not in KEYS_OF_PEOPLE
    }


def _is_technical(name: str, value: Any) -> bool:
    if timelines.words_for(name, value):
        return False
    if name == "status":
        return isinstance(value, int)  # of HTTP: Oceafin's own are words
    if name in {"code", "why"}:
        return bool(_ONE_WORD.fullmatch(str(value)))
    if name in TECHNICAL or _TECHNICAL_NAME.search(_plain_name(name)):
        return True
    return bool(isinstance(value, str) and _TECHNICAL_VALUE.fullmatch(value))


def _in_one_line(facts: dict[str, Any]) -> SafeString:
    if not facts:
        return SafeString("")
    if set(facts) >= {"from", "to"}:
        moved = format_html(" {} → {}", _value(facts.pop("from")), _value(facts.pop("to")))
    else:
        moved = SafeString("")
    rest = format_html_join(
        "",
        ' <span class="fact"><span>{}</span> {}</span>',
        ((_words(name), _shown(name, value)) for name, value in facts.items()),
    )
    return format_html("{}{}", moved, rest)


@register.simple_tag(takes_context=True)
def entry_note(context: Any, entry: Any) -> SafeString:
    """The free text of a timeline entry, or a word that it was erased; one that repeats hidden data is hidden too."""
    if not getattr(entry, "note_key", None):
        return SafeString("")
    from backoffice.audit import note_of

    is_open = context.get("revealed") or context.get("sees_persons")
    if timelines.note_is_personal(entry.verb) and not is_open:
        return format_html('<blockquote class="timeline__note">{}</blockquote>', masked("••••"))
    return format_html('<blockquote class="timeline__note">{}</blockquote>', note_of(entry))


@register.simple_tag
def actor_name(entry: Any) -> SafeString:
    """Who acted: a member of staff by name, the email on hover; of what goes by itself, its program on hover."""
    label = str(entry.actor_label)
    if entry.actor_kind in OF_ITSELF and label not in PEOPLE_AT_A_SHELL:
        return format_html('<span title="{}">{}</span>', label, _("By itself"))
    if entry.actor_kind == "STAFF" and label.endswith(")"):
        name, _bracket, email = label[:-1].rpartition(" (")
        return format_html('<span title="{}">{}</span>', email, name)
    return format_html("<span>{}</span>", label)


def _words(value: Any) -> str:
    """`submissionRef` and `submission_ref` as "submission ref"."""
    known = FACT_LABELS.get(str(value))
    return str(known) if known else _plain_name(str(value))


def _plain_name(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").lower()


def _shown(name: str, value: Any) -> str:
    if name == "bytes":
        return filesizeformat(value)
    # A name is no state, however long: USDC over POLYGON stays as Oceafin writes it.
    if name in SYMBOLS:
        return str(value)
    if AMOUNTS & set(_plain_name(name).split()) and PLAIN_NUMBER.fullmatch(str(value)):
        return f"{Decimal(str(value)):,f}".replace("-", "−")
    return timelines.words_for(name, value) or _value(value)


def _value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(_value(item) for item in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    text = str(value)
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text):
        return when(datetime.fromisoformat(text))
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return _day(text)
    if re.fullmatch(r"[0-9a-f]{64}", text):
        return f"{text[:12]}…"  # a digest: enough to tell two apart; the trail holds all of it
    if text == "LOW":
        return text.capitalize()
    # A state or a role by its name in the code; of three letters there are also currencies.
    return text.replace("_", " ").capitalize() if re.fullmatch(r"[A-Z][A-Z_]{3,}", text) else text


def _day(text: str) -> str:
    try:
        return f"{date.fromisoformat(text):%-d %b %Y}"
    except ValueError:
        return text
