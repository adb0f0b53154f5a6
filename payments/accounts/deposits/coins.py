"""What is said about assets and networks. Pure; what is not known here is still kept and shown."""

from django.utils.translation import gettext_lazy as _

NETWORKS: dict[str, tuple[str, ...]] = {
    "BTC": ("BITCOIN",),
    "ETH": ("ETHEREUM", "ARBITRUM"),
    "USDC": ("ETHEREUM", "POLYGON", "SOLANA"),
    "USDT": ("ETHEREUM", "TRON"),
}
NAMES = {
    "BITCOIN": _("Bitcoin"),
    "ETHEREUM": _("Ethereum"),
    "ARBITRUM": _("Arbitrum"),
    "POLYGON": _("Polygon"),
    "SOLANA": _("Solana"),
    "TRON": _("Tron"),
}
# Addresses of these look alike: coins sent over the wrong one arrive nowhere.
LOOK_ALIKE = frozenset({"ETHEREUM", "ARBITRUM", "POLYGON"})


def name_of(network: str) -> str:
    """The network as people call it; one that is not known as it came."""
    return str(NAMES.get(network, network))


def pairs() -> list[tuple[str, str]]:
    """What may be asked for on the page: `asset:network` and its words."""
    return [
        (f"{asset}:{network}", _("%(asset)s on %(network)s") % {"asset": asset, "network": name_of(network)})
        for asset, networks in NETWORKS.items()
        for network in networks
    ]


def is_known(asset: str, network: str) -> bool:
    return network in NETWORKS.get(asset, ())


def warning(asset: str, network: str) -> str:
    """What somebody who pays in here must know, in a sentence."""
    words = {"asset": asset or "?", "network": name_of(network) or "?"}
    sentence = _(
        "Only send %(asset)s over the %(network)s network to this address. Anything else, and %(asset)s over "
        "another network, is lost."
    )
    told = str(sentence) % words
    if network in LOOK_ALIKE:
        told += " " + str(
            _("Addresses of Ethereum, Arbitrum and Polygon look the same: name the network, too.")
        )
    return told
