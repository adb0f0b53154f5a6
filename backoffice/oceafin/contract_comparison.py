"""Compares our contract file with another description of the same API: what breaks, changes, is new. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import IntEnum
from typing import Any

from backoffice.oceafin.contract_surface import Body, Call, Field, Surface

OURS = "backoffice/oceafin/partner-api.yaml"
# The one thin mapping module of each product: where a difference is mended besides the contract file.
MAPPINGS = {
    "Customers": "customers/submission.py",
    "Onboarding": "onboarding/submission.py",
    "Accounts": "payments/accounts/",
    "Fiat accounts": "payments/accounts/",
    "Crypto deposits": "payments/accounts/",
    "Collections": "payments/accounts/",
}
ALIKE = 0.6


class Severity(IntEnum):
    """How much a difference matters: calls of ours fail, something reads differently, or there is more."""

    BREAKS = 1
    CHANGES = 2
    NEW = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: where it is, what it is, and what to change where."""

    severity: Severity
    operation_id: str
    place: str
    sentence: str
    advice: str


def compare(ours: Any, theirs: Any) -> list[Difference]:
    """All differences of `theirs` from `ours` (OpenAPI 3.0 or 3.1), worst first, then in our order."""
    mine, other = Surface(dict(ours)), Surface(dict(theirs))
    found = [*_operations(mine, other), *_webhooks(mine, other), *_codes(mine, other)]
    found.extend(
        Difference(
            Severity.CHANGES,
            "",
            "file",
            f"The file refers to {what}; it was not compared.",
            "Read it by hand.",
        )
        for what in sorted(other.unread)
    )
    return sorted(found, key=lambda difference: difference.severity)


def _operations(mine: Surface, other: Surface) -> Iterator[Difference]:
    taken: set[tuple[str, str]] = set()
    for key, call in mine.calls.items():
        match = key if key in other.calls else _moved(call, mine, other, taken)
        if match is None:
            yield _difference(
                call, Severity.BREAKS, "operation", f"{call.method} {call.path} does not exist.", ""
            )
            continue
        taken.add(match)
        theirs = other.calls[match]
        if match != key:
            sentence = f"{call.method} {call.path} is {theirs.method} {theirs.path} there."
            yield _difference(call, Severity.BREAKS, "operation", sentence, "Change method and path")
        yield from _call(call, theirs)
    for key, call in other.calls.items():
        if key not in taken:
            sentence = f"{call.method} {call.path} ({call.operation_id}) is not in our contract."
            yield Difference(
                Severity.NEW, call.operation_id, "operation", sentence, f"Add it to {OURS} when it is used."
            )


def _moved(call: Call, mine: Surface, other: Surface, taken: set[tuple[str, str]]) -> tuple[str, str] | None:
    """The call of theirs that ours has probably become: of the same id, else of the most similar path."""
    free = {key: one for key, one in other.calls.items() if key not in taken and key not in mine.calls}
    for key, one in free.items():
        if one.operation_id == call.operation_id:
            return key
    alike = [(_likeness(call.path, one.path), key) for key, one in free.items() if one.method == call.method]
    best = max(alike, default=(0.0, None))
    return best[1] if best[0] > 0.85 else None


def _call(call: Call, theirs: Call) -> Iterator[Difference]:
    yield from _parameters(call, theirs)
    yield from _request(call, theirs)
    yield from _reply(call, call.reply, theirs.reply, "reply")


def _parameters(call: Call, theirs: Call) -> Iterator[Difference]:
    for key, param in theirs.parameters.items():
        known = call.parameters.get(key)
        where = "header" if key[0] == "header" else "query parameter"
        if known is None and param.is_required:
            yield _difference(
                call, Severity.BREAKS, where, f"The {where} `{param.name}` must be sent.", "Send it"
            )
        elif known is None:
            yield _difference(call, Severity.NEW, where, f"The {where} `{param.name}` may be sent.", "")
    # A document without any header parameter describes signing in prose, not that nothing is to be signed.
    says_headers = any(place == "header" for place, _ in theirs.parameters)
    for key, param in call.parameters.items():
        if key not in theirs.parameters and (key[0] != "header" or says_headers):
            where = "header" if key[0] == "header" else "query parameter"
            sentence = f"The {where} `{param.name}` is not known there."
            yield _difference(call, Severity.CHANGES, where, sentence, "Rename or drop it", param.mark)


def _request(call: Call, theirs: Call) -> Iterator[Difference]:
    place, body, other = "request", call.request, theirs.request
    if body.media and other.media:
        for media in body.media:
            if media not in other.media:
                yield _difference(
                    call, Severity.BREAKS, place, f"A body of type {media} is not taken.", "Send another form"
                )
    elif body.media:
        yield _difference(call, Severity.BREAKS, place, "No body is described.", "Check what is to be sent")
        return
    elif other.media and other.is_required:
        yield _difference(call, Severity.BREAKS, place, "A body is required.", "Build one")
    renamed = _renamed(body, other)
    for name, ours in body.fields.items():
        there = other.fields.get(name)
        if there is not None:
            yield from _sent_field(call, ours, there)
        elif _parent(name) in other.fields or _parent(name) == "":
            sentence = f"The field `{name}` is not known there{_perhaps(renamed.get(name))}."
            yield _difference(call, Severity.BREAKS, place, sentence, "Rename or drop it", ours.mark)
    for name, there in other.fields.items():
        if name in body.fields or (name in renamed.values() and not there.is_required):
            continue
        if there.is_required:
            yield _difference(call, Severity.BREAKS, place, f"The field `{name}` is required.", "Send it")
        elif _parent(name) in body.fields or _parent(name) == "":
            yield _difference(call, Severity.NEW, place, f"The field `{name}` may be sent.", "")


def _sent_field(call: Call, ours: Field, there: Field) -> Iterator[Difference]:
    name, mark = ours.name, ours.mark
    if ours.types and there.types and not ours.types <= _widened(there.types):
        sentence = f"The field `{name}` is {_list(there.types)} there, {_list(ours.types)} here."
        yield _difference(call, Severity.BREAKS, "request", sentence, "Send it in that type", mark)
    refused = [value for value in ours.values if there.values and value not in there.values]
    if refused:
        sentence = f"The field `{name}` does not take {_list(refused)}."
        yield _difference(call, Severity.BREAKS, "request", sentence, "Map our words to theirs", mark)
    added = [value for value in there.values if ours.values and value not in ours.values]
    if added:
        yield _difference(call, Severity.NEW, "request", f"The field `{name}` also takes {_list(added)}.", "")
    if not ours.values and there.values:
        sentence = f"The field `{name}` takes only {_list(there.values)}."
        yield _difference(call, Severity.BREAKS, "request", sentence, "Map our words to theirs", mark)
    if there.is_required and not ours.is_required:
        yield _difference(
            call, Severity.BREAKS, "request", f"The field `{name}` is required there.", "Always send it", mark
        )
    if ours.is_required and not there.is_required:
        yield _difference(call, Severity.NEW, "request", f"The field `{name}` is optional there.", "", mark)


def _reply(call: Call, body: Body, other: Body, place: str) -> Iterator[Difference]:
    if body.fields and not other.fields:
        yield _difference(
            call, Severity.CHANGES, place, f"No fields of the {place} are described.", "Check them by hand"
        )
        return
    renamed = _renamed(body, other)
    for name, ours in body.fields.items():
        there = other.fields.get(name)
        if there is not None:
            yield from _read_field(call, ours, there, place)
        elif _parent(name) in other.fields or _parent(name) == "":
            severity = Severity.BREAKS if ours.is_required else Severity.CHANGES
            sentence = f"The field `{name}` does not come{_perhaps(renamed.get(name))}."
            yield _difference(call, severity, place, sentence, "Read another field", ours.mark)
    for name in other.fields:
        is_told = name in body.fields or name in renamed.values()
        if not is_told and (_parent(name) in body.fields or _parent(name) == ""):
            yield _difference(call, Severity.NEW, place, f"The field `{name}` comes too.", "")


def _read_field(call: Call, ours: Field, there: Field, place: str) -> Iterator[Difference]:
    name, mark = ours.name, ours.mark
    if ours.types and there.types and not there.types <= _widened(ours.types):
        sentence = f"The field `{name}` is {_list(there.types)} there, {_list(ours.types)} here."
        yield _difference(call, Severity.BREAKS, place, sentence, "Read it in that type", mark)
    unknown = [value for value in there.values if ours.values and value not in ours.values]
    if unknown:
        sentence = f"The field `{name}` may say {_list(unknown)}, which we only keep and show."
        yield _difference(call, Severity.CHANGES, place, sentence, "Say what they mean for the record", mark)
    gone = [value for value in ours.values if there.values and value not in there.values]
    if gone:
        sentence = f"The field `{name}` never says {_list(gone)}."
        yield _difference(call, Severity.CHANGES, place, sentence, "Nothing may wait for them", mark)
    if ours.is_required and not there.is_required:
        sentence = f"The field `{name}` may be missing."
        yield _difference(call, Severity.CHANGES, place, sentence, "Do not rely on it", mark)


def _webhooks(mine: Surface, other: Surface) -> Iterator[Difference]:
    ours = mine.webhooks["event"]
    if not other.webhooks:
        sentence = "The file describes no webhooks; they were not compared."
        yield Difference(Severity.CHANGES, ours.operation_id, "webhook", sentence, "Ask Oceafin for them.")
    known = set(ours.request.fields["eventType"].values)
    types: dict[str, None] = {}
    seen: set[Difference] = set()
    for name, theirs in other.webhooks.items():
        event_type = theirs.request.fields.get("eventType")
        types.update(dict.fromkeys(event_type.values if event_type and event_type.values else (name,)))
        for difference in _envelope(ours, theirs):
            if difference not in seen:
                seen.add(difference)
                yield difference
    for name in types:
        if name not in known and name not in mine.webhooks:
            sentence = f"Events of the type `{name}` may come; they are applied by their resource."
            yield _difference(ours, Severity.NEW, "webhook", sentence, "")


def _envelope(ours: Call, theirs: Call) -> Iterator[Difference]:
    for difference in _reply(ours, ours.request, theirs.request, "webhook"):
        if "`eventType`" not in difference.sentence or difference.severity == Severity.BREAKS:
            yield difference
    for key, param in ours.parameters.items():
        if theirs.parameters and key not in theirs.parameters:
            sentence = f"The header `{param.name}` does not come."
            yield _difference(
                ours, Severity.BREAKS, "webhook", sentence, "Verify by another header", param.mark
            )


def _codes(mine: Surface, other: Surface) -> Iterator[Difference]:
    ours = {code for call in mine.calls.values() for code in call.codes}
    theirs = {code for call in other.calls.values() for code in call.codes}
    if not theirs:
        return
    for code in sorted(theirs - ours):
        sentence = f"The code `{code}` may come; an unknown code stops the action and is shown."
        yield Difference(Severity.CHANGES, "", "problem", sentence, f"Add it to ProblemCode in {OURS}.")
    for code in sorted(ours - theirs):
        sentence = f"The code `{code}` is not listed there."
        yield Difference(Severity.CHANGES, "", "problem", sentence, "Ask Oceafin which code stands for it.")


def _difference(
    call: Call, severity: Severity, place: str, sentence: str, what: str, mark: str = ""
) -> Difference:
    mapping = MAPPINGS.get(call.tag, "payments/submission.py") if call.tag else "webhooks/inbox.py"
    advice = (
        f"{what} in {mapping}, and write it down in {OURS}."
        if what
        else f"Write it down in {OURS} when it is used."
    )
    if severity == Severity.BREAKS and not what:
        advice = f"Find out what replaces it; until then it must not be called from {mapping}."
    if (mark or call.mark) == "stated" and severity == Severity.BREAKS:
        advice += " Oceafin's public guide states it as we have it: ask them."
    return Difference(severity, call.operation_id, place, sentence, advice)


def _renamed(body: Body, other: Body) -> dict[str, str]:
    """For each field of ours that is gone, the new one of theirs under the same parent that is most like it."""
    fresh = [name for name in other.fields if name not in body.fields]
    found = {}
    for name in body.fields:
        if name not in other.fields:
            alike = [(_likeness(name, one), one) for one in fresh if _parent(one) == _parent(name)]
            best = max(alike, default=(0.0, ""))
            if best[0] >= ALIKE:
                found[name] = best[1]
    return found


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.lower(), other.lower(), autojunk=False).ratio()


def _parent(name: str) -> str:
    return name[:-2] if name.endswith("[]") else name.rpartition(".")[0]


def _widened(types: frozenset[str]) -> frozenset[str]:
    return types | {"integer"} if "number" in types else types


def _perhaps(name: str | None) -> str:
    return f"; perhaps it is `{name}` now" if name else ""


def _list(words: Any) -> str:
    return ", ".join(sorted(words) if isinstance(words, frozenset) else words)
