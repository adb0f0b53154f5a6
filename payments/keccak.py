"""Keccak-256 as Ethereum uses it: SHA-3 before its padding was changed, so that Python's own SHA-3 gives another sum.

Pure. The permutation is that of FIPS 202; `tests/payments/test_a_wallet_address.py` holds it beside hashlib's SHA-3.
"""

_RATE = 136  # bytes that are taken in between two permutations, for a sum of 256 bits
_LANE = (1 << 64) - 1
_ROUNDS = 24


def keccak_256(data: bytes, *, padding: int = 0x01) -> bytes:
    """The 32 bytes of the sum. With `padding` 0x06 it is SHA3-256."""
    padded = bytearray(data)
    padded += bytes(_RATE - len(data) % _RATE)
    padded[len(data)] ^= padding
    padded[-1] ^= 0x80
    lanes = [[0] * 5 for _ in range(5)]
    for start in range(0, len(padded), _RATE):
        for place in range(_RATE // 8):
            x, y = place % 5, place // 5
            word = padded[start + 8 * place : start + 8 * place + 8]
            lanes[x][y] ^= int.from_bytes(word, "little")
        _permute(lanes)
    return b"".join(lanes[place % 5][place // 5].to_bytes(8, "little") for place in range(4))


def _permute(lanes: list[list[int]]) -> None:
    register = 1
    for _ in range(_ROUNDS):
        parity = [row[0] ^ row[1] ^ row[2] ^ row[3] ^ row[4] for row in lanes]
        for x in range(5):
            mixed = parity[(x + 4) % 5] ^ _turned(parity[(x + 1) % 5], 1)
            for y in range(5):
                lanes[x][y] ^= mixed
        x, y, carried = 1, 0, lanes[1][0]
        for step in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            carried, lanes[x][y] = lanes[x][y], _turned(carried, (step + 1) * (step + 2) // 2)
        for y in range(5):
            row = [lanes[x][y] for x in range(5)]
            for x in range(5):
                lanes[x][y] = row[x] ^ (~row[(x + 1) % 5] & _LANE & row[(x + 2) % 5])
        for power in range(7):
            register = ((register << 1) ^ ((register >> 7) * 0x71)) % 256
            if register & 2:
                lanes[0][0] ^= 1 << ((1 << power) - 1)


def _turned(lane: int, by: int) -> int:
    by %= 64
    return ((lane << by) | (lane >> (64 - by))) & _LANE
