"""How a name looks while it is hidden."""

import unicodedata

WORDS_AT_MOST = 4


def masked_name(name: str) -> str:
    """The first letter of each word, in any script: "Zoë van den Berg" becomes "Z• v• d• B•"."""
    words = [word for word in name.split() if any(char.isalnum() for char in word)]
    return " ".join(f"{_first_letter(word)}•" for word in words[:WORDS_AT_MOST]) or "••••"


def _first_letter(word: str) -> str:
    """With its accents, which may be characters of their own."""
    start = next(place for place, char in enumerate(word) if char.isalnum())
    end = start + 1
    while end < len(word) and unicodedata.category(word[end]).startswith("M"):
        end += 1
    return word[start:end]
