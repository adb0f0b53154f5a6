"""The words that a person signs, version by version. Pure.

A version is never changed once somebody signed it: new words get a new version, and the old ones stay, so that
what was signed can be read for ever. It is shown as it stands here, in one language, because that is what is signed.
"""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Statement:
    """One version of the words."""

    version: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


STATEMENTS = {
    each.version: each
    for each in (
        Statement(
            "2026-11",
            "I confirm that the customer's identity was verified from the documents of this case, that the data is "
            "complete and correct to the best of our knowledge, and that the customer agreed to its transfer to "
            "Oceafin.",
        ),
    )
}
CURRENT = STATEMENTS["2026-11"]


def signed(version: str) -> Statement | None:
    """The words of a version; None for one that is not known here."""
    return STATEMENTS.get(version)
