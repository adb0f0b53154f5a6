"""CRYPTO_WITHDRAWAL: coins out to a wallet, quoted first (contract section 4)."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.oceafin.kinds import Resource
from payments import errors, payee_kinds
from payments.models import Custody, Kind, PaymentRequest, WalletAddress
from payments.money import format_amount
from payments.way import Asked, Operations, Way, amount_of, check_token, purpose_and_reference

# What the Travel Rule asks of who receives, in words that end a sentence.
MISSING: dict[str, Promise] = {
    "holderType": gettext_lazy("whether it is the customer's own"),
    "holderName": gettext_lazy("the name of who receives"),
    "custody": gettext_lazy("which provider holds it, or that it is self-hosted"),
    "walletOwnershipProof": gettext_lazy("the proof of who owns it"),
}


def lacks(wallet: WalletAddress) -> list[str]:
    """What must be known of a wallet before coins leave for it, and is not; by name. Our policy."""
    missing = []
    if not wallet.holder_type:
        missing.append("holderType")
    if "holderName" not in wallet.told:
        missing.append("holderName")
    if not wallet.custody:
        missing.append("custody")
    if wallet.custody == Custody.SELF_HOSTED and "walletOwnershipProof" not in wallet.told:
        missing.append("walletOwnershipProof")
    return missing


def not_ready(wallet: WalletAddress) -> errors.BeneficiaryNotReady | None:
    """Why nothing can be paid to this wallet now."""
    missing = lacks(wallet)
    if missing:
        sentence = _(
            "Of this wallet is not known: %(what)s. Add it again with that, under another reference."
        )
        what = ", ".join(str(MISSING[name]) for name in missing)
        return errors.BeneficiaryNotReady(sentence % {"what": what}, for_good=True)
    return payee_kinds.not_ready(wallet)


def _prepare(payment: PaymentRequest, asked: Asked) -> None:
    ref, network = asked.get("walletAddressRef", ""), asked.get("network", "")
    check_token(payment.currency, network)
    payment.network = network
    payment.amount = amount_of(asked, network)
    wallet = WalletAddress.objects.filter(customer=payment.customer, wallet_address_ref=ref).first()
    if wallet is None:
        sentence = _("This customer has no wallet of this reference. Add it first.")
        raise errors.Unfit("walletAddressRef", sentence)
    wallet.customer = payment.customer
    if (wallet.asset, wallet.network) != (payment.currency, network):
        sentence = _("The wallet takes %(asset)s on %(network)s. What is sent otherwise is lost.")
        field = "asset" if wallet.asset != payment.currency else "network"
        raise errors.Unfit(field, sentence % {"asset": wallet.asset, "network": wallet.network})
    refusal = payee_kinds.not_ready(wallet)
    if refusal is not None and refusal.for_good:
        raise refusal
    payment.wallet = wallet


def _wallet(payment: PaymentRequest) -> WalletAddress:
    wallet = payment.wallet
    if wallet is None:
        raise LookupError(f"{payment} has no wallet")
    return wallet


def _target(payment: PaymentRequest) -> dict[str, Any]:
    return {"walletAddressId": _wallet(payment).oceafin_wallet_address_id, "network": payment.network}


def _money(payment: PaymentRequest) -> dict[str, Any]:
    amount = format_amount(payment.amount, payment.currency, payment.network)
    return {"asset": payment.currency, "amount": amount}


def _carried_out(resource: Resource) -> dict[str, Any]:
    """The transaction of their network that carries the coins, and how many blocks stand behind it."""
    said: dict[str, Any] = {}
    found, blocks = resource.get("transactionHash"), resource.get("confirmations")
    if isinstance(found, str) and found:
        said["transaction_hash"] = found[:128]
    if isinstance(blocks, int) and not isinstance(blocks, bool) and 0 <= blocks < 2**62:
        said["confirmations"] = blocks
    return said


WAY = Way(
    kind=Kind.CRYPTO_WITHDRAWAL,
    letters="crypto_withdrawal",
    slug="crypto-withdrawal",
    resource_type="crypto_withdrawal",
    id_name="withdrawalId",
    ref_name="withdrawalRef",
    operations=Operations(
        quote="createCryptoWithdrawalQuote",
        draft="createCryptoWithdrawal",
        submit="submitCryptoWithdrawal",
        read="getCryptoWithdrawal",
        list="listCryptoWithdrawals",
    ),
    fields=("walletAddressRef", "network"),
    prepare=_prepare,
    target=_target,
    words=purpose_and_reference,
    obstacle=lambda payment: not_ready(_wallet(payment)),
    to=lambda payment: f"{_wallet(payment).wallet_address_ref} {_wallet(payment).masked_address}",
    money=_money,
    again=lambda payment: {"walletAddressRef": _wallet(payment).wallet_address_ref},
    carried_out=_carried_out,
)
