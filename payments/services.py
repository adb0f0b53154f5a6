"""What a person, the partner's system or a job can do with payments.

Each verb is one transaction: it locks the customer, then the payment, then the person; checks state and right
under those locks; moves the payment along its table and writes the audit entry. `now` is an aware UTC instant.
All refusals are subclasses of `staff.errors.Refusal`; when one is raised nothing was changed.
"""

from payments.approving import Proof, approve, expire_overdue, may_approve, reject
from payments.beneficiaries import add_bank_account
from payments.confirming import confirm_beneficiary
from payments.rates import enter_rate
from payments.requesting import cancel, freshen_quote, preview_payment, refresh_quote, request_payment
from payments.revealing import look_to_decide, reveal_payee
from payments.switching import (
    ask_to_open_money_out,
    confirm_open_money_out,
    money_out,
    stop_money_out,
)
from payments.timing import hold, release
from payments.wallets import add_wallet_address
from payments.withdrawing import withdraw_approval

__all__ = [
    "Proof",
    "add_bank_account",
    "add_wallet_address",
    "approve",
    "ask_to_open_money_out",
    "cancel",
    "confirm_beneficiary",
    "confirm_open_money_out",
    "enter_rate",
    "expire_overdue",
    "freshen_quote",
    "hold",
    "look_to_decide",
    "may_approve",
    "money_out",
    "preview_payment",
    "refresh_quote",
    "reject",
    "release",
    "request_payment",
    "reveal_payee",
    "stop_money_out",
    "withdraw_approval",
]
