"""Which of Oceafin's operations the back office has no use for yet: none."""

from backoffice.oceafin import contract

NOT_YET: frozenset[str] = frozenset()


def used() -> frozenset[str]:
    """Every other operation of the contract: each stands in the README's table and is reached by a journey."""
    return frozenset(contract.operations()) - NOT_YET
