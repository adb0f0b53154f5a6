"""What tells that two destinations look alike, without either being read: keyed hashes, kept when it is added."""

from backoffice import vault

# Shorter numbers are alike by chance.
SHORTEST = 6
KEPT = 16
HEAD, TAIL = 6, 4


def number_shapes(number: str, country: str, *, is_iban: bool) -> list[str]:
    """One keyed hash for each place of the number with what stands there left out.

    Two numbers of one country that differ in one place have exactly one of these in common. Of an IBAN the check
    digits do not count: they differ whenever anything does.
    """
    where, body = (number[:2], number[4:]) if is_iban else (country, number.upper())
    if len(body) < SHORTEST:
        return []
    shapes = (f"{where}:{body[:place]}*{body[place + 1 :]}" for place in range(len(body)))
    return [vault.fingerprint(shape, context="bank_account.shape")[:KEPT] for shape in shapes]


def ends(address: str) -> str:
    """The keyed hash of head and tail of an address, which is what people compare; in the form of `same`."""
    return vault.fingerprint(f"{address[:HEAD]}:{address[-TAIL:]}", context="wallet_address.ends")
