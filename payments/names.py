"""Whether two names, in their plain form (customers.likeness.plain), can be one. Pure."""

from difflib import SequenceMatcher

CLOSE = 0.85


def alike(one: str, other: str) -> bool:
    """The same words, of which one side may have fewer, or only their initials; or a slip of the pen apart."""
    if not one or not other:
        return False
    fewer, more = sorted((one.split(), other.split()), key=len)
    if all(_has(word, more) for word in fewer) and any(len(word) > 1 for word in fewer):
        return True
    return SequenceMatcher(None, one, other).ratio() >= CLOSE


def _has(word: str, words: list[str]) -> bool:
    return any(word == each or (min(len(word), len(each)) == 1 and word[0] == each[0]) for each in words)
