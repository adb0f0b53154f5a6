"""The policy by which payments are decided: `payments.policies` makes its versions, this is what kinds ask of it."""

from payments.policies.deciding import DAY_ONE, Policy

__all__ = ["DAY_ONE", "Policy"]
