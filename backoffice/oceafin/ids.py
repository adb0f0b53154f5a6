"""Oceafin's ids as we write and compare them: a UUID in capitals is the same one, so all are kept small. Pure."""

import re

_UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_ID = re.compile(_UUID)
# Only under names of ids: our own references may look like a UUID, and theirs is to come back as we wrote them.
_NAMED = re.compile(rb'Id"\s*:\s*"' + _UUID.encode() + b'"')
# Looked for by its end, where it begins with a sign that is rare in a reply: a page has thousands of ids.
_IN_CAPITALS = re.compile(rb'-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}"')


def small(text: str) -> str:
    """The id with a UUID's capitals made small; anything else as it is."""
    return text.lower() if _ID.fullmatch(text) else text


def small_in(body: bytes) -> bytes:
    """A JSON body with the same done to every field whose name ends in `Id`."""
    if not _IN_CAPITALS.search(body):
        return body
    return _NAMED.sub(lambda found: b'Id"' + found.group()[3:].lower(), body)
