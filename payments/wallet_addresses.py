"""Wallet addresses, each by the checksum of its network. Pure; an address that is not surely right is refused.

Sources: BIP-13 and BIP-173, BIP-350 (Bitcoin), EIP-55 (Ethereum and networks like it), Tron's and Solana's own
documents. Main networks only.
"""

import hashlib
import re
from collections.abc import Callable

from payments.keccak import keccak_256

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_CONSTANT, _BECH32M_CONSTANT = 1, 0x2BC830A3
_POLYNOMIAL = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_EVM = re.compile(r"0[xX][0-9A-Fa-f]{40}")
# Payments to a public key's or a script's hash; of Tron, to an account.
_BITCOIN_VERSIONS, _TRON_VERSION = (0x00, 0x05), 0x41
LONGEST = 120
ETHEREUM_LIKE = ("ETHEREUM", "ARBITRUM", "POLYGON")


class BadAddress(ValueError):
    """Text that is no address of this network; the message says what is wrong."""


def checked(address: str, network: str) -> str:
    """The address as it is kept and sent: with its checksum, in the usual letters. Raises BadAddress."""
    text = "".join(address.split())
    if network not in NETWORKS:
        raise BadAddress("Addresses of this network cannot be checked, so nothing is paid to them.")
    try:
        return NETWORKS[network](text)
    except BadAddress as bad:
        elsewhere = [name for name in NETWORKS if _fits(text, name)]
        if not elsewhere:
            raise
        raise BadAddress(
            f"This is an address of {' or '.join(elsewhere)}, not of {network}. What is sent to it is lost."
        ) from bad


def masked(address: str) -> str:
    """Head and tail, as wallets show it: 0x5aAe…eAed."""
    return f"{address[:6]}…{address[-4:]}"


def same(address: str) -> str:
    """What two ways to write one address have in common: letters of Ethereum-like addresses stand for the checksum."""
    return address.lower() if _EVM.fullmatch(address) else address


def _fits(text: str, network: str) -> bool:
    try:
        NETWORKS[network](text)
    except BadAddress:
        return False
    return True


def _bitcoin(text: str) -> str:
    if text.lower().startswith(("bc1", "tb1", "bcrt1")):
        return _segwit(text)
    payload = _base58check(text, "Bitcoin")
    if payload[0] not in _BITCOIN_VERSIONS:
        raise BadAddress("This is no address of Bitcoin's main network.")
    return _somebodys(text, payload[1:])


def _segwit(text: str) -> str:
    """Bech32 for version 0, bech32m for the later ones."""
    if text not in (text.lower(), text.upper()):
        raise BadAddress("A Bitcoin address of this kind is all in small or all in capital letters.")
    small = text.lower()
    prefix, _, rest = small.rpartition("1")
    if prefix != "bc":
        raise BadAddress("This is no address of Bitcoin's main network.")
    if len(small) > 90 or len(rest) < 8 or any(char not in _BECH32 for char in rest):
        raise BadAddress(_copied_wrong("Bitcoin"))
    values = [_BECH32.index(char) for char in rest]
    version, program = values[0], _eights(values[1:-6])
    wanted = _BECH32_CONSTANT if version == 0 else _BECH32M_CONSTANT
    lengths = (20, 32) if version == 0 else (32,) if version == 1 else range(2, 41)
    if _polymod([3, 3, 0, 2, 3, *values]) != wanted or version > 16 or len(program) not in lengths:
        raise BadAddress(_copied_wrong("Bitcoin"))
    if version > 1:
        raise BadAddress(
            "Bitcoin has no rule for addresses of this version yet: anybody could take what is sent."
        )
    return _somebodys(small, program)


def _polymod(values: list[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, factor in enumerate(_POLYNOMIAL):
            checksum ^= factor if top >> bit & 1 else 0
    return checksum


def _eights(fives: list[int]) -> bytes:
    """Groups of five bits as bytes; what is left over must be fewer than five bits, all zero."""
    number, bits = 0, 5 * len(fives)
    for five in fives:
        number = number << 5 | five
    left = bits % 8
    if left > 4 or number & ((1 << left) - 1):
        raise BadAddress(_copied_wrong("Bitcoin"))
    return (number >> left).to_bytes(bits // 8, "big")


def _ethereum_like(text: str) -> str:
    if not _EVM.fullmatch(text):
        raise BadAddress("An address of this network is 0x and 40 digits from 0 to 9 and a to f.")
    digits = text[2:]
    small = digits.lower()
    hashed = keccak_256(small.encode()).hex()
    right = "".join(char.upper() if int(hashed[place], 16) >= 8 else char for place, char in enumerate(small))
    if digits not in (right, small, digits.upper()):
        raise BadAddress(_copied_wrong("Ethereum"))
    return _somebodys(f"0x{right}", bytes.fromhex(small))


def _tron(text: str) -> str:
    payload = _base58check(text, "Tron")
    if payload[0] != _TRON_VERSION:
        raise BadAddress("This is no address of Tron's main network.")
    return _somebodys(text, payload[1:])


def _solana(text: str) -> str:
    key = _from_base58(text, "Solana")
    if len(key) != 32:
        raise BadAddress("This is no address of Solana: it has another length.")
    return _somebodys(text, key)


def _base58check(text: str, name: str) -> bytes:
    """Version and payload of 20 bytes, if their checksum is right."""
    whole = _from_base58(text, name)
    payload, checksum = whole[:-4], whole[-4:]
    right = hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    if len(payload) != 21 or checksum != right:
        raise BadAddress(_copied_wrong(name))
    return payload


def _from_base58(text: str, name: str) -> bytes:
    if not text or len(text) > LONGEST or any(char not in _BASE58 for char in text):
        raise BadAddress(_copied_wrong(name))
    number = 0
    for char in text:
        number = number * 58 + _BASE58.index(char)
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _somebodys(text: str, payload: bytes) -> str:
    if not any(payload):
        raise BadAddress("Nobody holds the key of this address. What is sent to it is lost.")
    return text


def _copied_wrong(name: str) -> str:
    return f"This is no address of {name}: its checksum does not fit. Copy it again, whole."


NETWORKS: dict[str, Callable[[str], str]] = {
    "BITCOIN": _bitcoin,
    **dict.fromkeys(ETHEREUM_LIKE, _ethereum_like),
    "SOLANA": _solana,
    "TRON": _tron,
}
