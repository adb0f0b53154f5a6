"""Which of Oceafin's operations the back office has no use for yet: those of the payout desk's later kinds."""

from backoffice.oceafin import contract

NOT_YET = frozenset(
    {
        "listFiatWithdrawalCapabilities",
        "activateFiatWithdrawalCapability",
        "addFiatWithdrawalCapabilityInfo",
        "addFiatWithdrawalInfo",
        "listCryptoWalletAddresses",
        "createCryptoWalletAddress",
        "createCryptoWithdrawalQuote",
        "listCryptoWithdrawals",
        "createCryptoWithdrawal",
        "submitCryptoWithdrawal",
        "getCryptoWithdrawal",
    }
)


def used() -> frozenset[str]:
    """Every other operation of the contract: each stands in the README's table and is reached by a journey."""
    return frozenset(contract.operations()) - NOT_YET
