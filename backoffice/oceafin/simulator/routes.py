"""From a path to what Oceafin would do, inside one transaction for each request."""

import re
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from . import door
from .call import Call
from .problems import Answer, Problem, problem_answer
from .products import (
    accounts,
    bank_accounts,
    capabilities,
    collections,
    conversions,
    crypto,
    crypto_withdrawals,
    customers,
    deposits,
    fiat_accounts,
    files,
    refunds,
    wallets,
    withdrawals,
)
from .resources import CUSTOMER
from .signatures import sha256_hex
from .world import World

PREFIX = "/partner/v1"


@dataclass(frozen=True)
class Route:
    method: str
    template: str
    operation: str
    product: str
    run: Callable[[World, Call], Answer]

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(PREFIX + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.template))


ROUTES = [
    Route("POST", "/customers", "createCustomer", "customers", customers.create),
    Route("POST", "/customers/{customerId}/files", "uploadCustomerFile", "customers", files.upload),
    Route(
        "POST",
        "/customers/{customerId}/onboarding-submissions",
        "createOnboardingSubmission",
        "onboarding",
        customers.submit_onboarding,
    ),
    Route("GET", "/customers/{customerId}/balances", "listBalances", "accounts", accounts.balances),
    Route(
        "GET",
        "/customers/{customerId}/transactions",
        "listCustomerTransactions",
        "accounts",
        accounts.transactions,
    ),
    Route("GET", "/transactions/{transactionId}", "getTransaction", "accounts", accounts.transaction),
    Route(
        "GET",
        "/customers/{customerId}/bank-accounts",
        "listBankAccounts",
        "bank_accounts",
        bank_accounts.page,
    ),
    Route(
        "POST",
        "/customers/{customerId}/bank-accounts",
        "createBankAccount",
        "bank_accounts",
        bank_accounts.create,
    ),
    Route(
        "POST",
        "/customers/{customerId}/fiat-withdrawal-quotes",
        "createFiatWithdrawalQuote",
        "fiat_withdrawals",
        withdrawals.quote,
    ),
    Route(
        "POST",
        "/customers/{customerId}/fiat-withdrawals",
        "createFiatWithdrawal",
        "fiat_withdrawals",
        withdrawals.draft,
    ),
    Route(
        "GET",
        "/customers/{customerId}/fiat-withdrawals",
        "listFiatWithdrawals",
        "fiat_withdrawals",
        withdrawals.page,
    ),
    Route(
        "POST",
        "/fiat-withdrawals/{withdrawalId}/submit",
        "submitFiatWithdrawal",
        "fiat_withdrawals",
        withdrawals.submit,
    ),
    Route(
        "GET",
        "/customers/{customerId}/fiat-withdrawal-capabilities",
        "listFiatWithdrawalCapabilities",
        "fiat_withdrawals",
        capabilities.page,
    ),
    Route(
        "POST",
        "/customers/{customerId}/fiat-withdrawal-capabilities",
        "activateFiatWithdrawalCapability",
        "fiat_withdrawals",
        capabilities.activate,
    ),
    Route(
        "POST",
        "/fiat-withdrawal-capabilities/{capabilityId}/additional-info",
        "addFiatWithdrawalCapabilityInfo",
        "fiat_withdrawals",
        capabilities.add_info,
    ),
    Route(
        "POST",
        "/fiat-withdrawals/{withdrawalId}/additional-info",
        "addFiatWithdrawalInfo",
        "fiat_withdrawals",
        withdrawals.add_info,
    ),
    Route(
        "GET", "/fiat-withdrawals/{withdrawalId}", "getFiatWithdrawal", "fiat_withdrawals", withdrawals.one
    ),
    Route(
        "GET",
        "/customers/{customerId}/fiat-account-capabilities",
        "listFiatAccountCapabilities",
        "fiat_accounts",
        fiat_accounts.capabilities,
    ),
    Route(
        "POST",
        "/customers/{customerId}/fiat-account-applications",
        "applyForFiatAccount",
        "fiat_accounts",
        fiat_accounts.apply,
    ),
    Route(
        "POST",
        "/fiat-account-applications/{applicationId}/additional-info",
        "addFiatAccountInfo",
        "fiat_accounts",
        fiat_accounts.add_info,
    ),
    Route(
        "GET",
        "/customers/{customerId}/fiat-accounts",
        "listFiatAccounts",
        "fiat_accounts",
        fiat_accounts.page,
    ),
    Route(
        "GET",
        "/customers/{customerId}/fiat-deposit-instructions",
        "listFiatDepositInstructions",
        "fiat_accounts",
        fiat_accounts.instructions,
    ),
    Route(
        "GET",
        "/customers/{customerId}/fiat-deposits",
        "listFiatDeposits",
        "fiat_accounts",
        deposits.fiat_page,
    ),
    Route("GET", "/fiat-deposits/{depositId}", "getFiatDeposit", "fiat_accounts", deposits.one_fiat),
    Route(
        "GET",
        "/customers/{customerId}/crypto-deposit-addresses",
        "listCryptoDepositAddresses",
        "crypto_deposits",
        crypto.addresses,
    ),
    Route(
        "POST",
        "/customers/{customerId}/crypto-deposit-addresses",
        "createCryptoDepositAddress",
        "crypto_deposits",
        crypto.make_address,
    ),
    Route(
        "GET",
        "/customers/{customerId}/crypto-deposits",
        "listCryptoDeposits",
        "crypto_deposits",
        deposits.crypto_page,
    ),
    Route("GET", "/crypto-deposits/{depositId}", "getCryptoDeposit", "crypto_deposits", deposits.one_crypto),
    Route(
        "POST",
        "/crypto-deposits/{depositId}/travel-rule",
        "addTravelRuleInfo",
        "crypto_deposits",
        crypto.add_travel_rule,
    ),
    Route(
        "GET",
        "/customers/{customerId}/crypto-wallet-addresses",
        "listCryptoWalletAddresses",
        "crypto_withdrawals",
        wallets.page,
    ),
    Route(
        "POST",
        "/customers/{customerId}/crypto-wallet-addresses",
        "createCryptoWalletAddress",
        "crypto_withdrawals",
        wallets.create,
    ),
    Route(
        "POST",
        "/customers/{customerId}/crypto-withdrawal-quotes",
        "createCryptoWithdrawalQuote",
        "crypto_withdrawals",
        crypto_withdrawals.quote,
    ),
    Route(
        "GET",
        "/customers/{customerId}/crypto-withdrawals",
        "listCryptoWithdrawals",
        "crypto_withdrawals",
        crypto_withdrawals.page,
    ),
    Route(
        "POST",
        "/customers/{customerId}/crypto-withdrawals",
        "createCryptoWithdrawal",
        "crypto_withdrawals",
        crypto_withdrawals.draft,
    ),
    Route(
        "POST",
        "/crypto-withdrawals/{withdrawalId}/submit",
        "submitCryptoWithdrawal",
        "crypto_withdrawals",
        crypto_withdrawals.submit,
    ),
    Route(
        "GET",
        "/crypto-withdrawals/{withdrawalId}",
        "getCryptoWithdrawal",
        "crypto_withdrawals",
        crypto_withdrawals.one,
    ),
    Route(
        "GET",
        "/customers/{customerId}/collection-wallets",
        "listCollectionWallets",
        "collections",
        collections.wallets,
    ),
    Route(
        "POST",
        "/customers/{customerId}/collection-wallets",
        "createCollectionWallet",
        "collections",
        collections.make_wallet,
    ),
    Route(
        "GET", "/collection-wallets/{walletId}", "getCollectionWallet", "collections", collections.one_wallet
    ),
    Route(
        "GET",
        "/customers/{customerId}/collections",
        "listCollections",
        "collections",
        deposits.collected_page,
    ),
    Route("GET", "/collections/{collectionId}", "getCollection", "collections", deposits.one_collected),
    Route(
        "GET",
        "/customers/{customerId}/conversion-quotes",
        "listConversionQuotes",
        "conversions",
        conversions.quotes,
    ),
    Route(
        "POST",
        "/customers/{customerId}/conversion-quotes",
        "createConversionQuote",
        "conversions",
        conversions.quote,
    ),
    Route("GET", "/conversion-quotes/{quoteId}", "getConversionQuote", "conversions", conversions.one_quote),
    Route("GET", "/customers/{customerId}/conversions", "listConversions", "conversions", conversions.page),
    Route(
        "POST", "/customers/{customerId}/conversions", "createConversion", "conversions", conversions.create
    ),
    Route("GET", "/conversions/{conversionId}", "getConversion", "conversions", conversions.one),
    Route("GET", "/customers/{customerId}/refunds", "listRefunds", "refunds", refunds.page),
    Route("POST", "/customers/{customerId}/refunds", "createRefund", "refunds", refunds.draft),
    Route("POST", "/refunds/{refundId}/submit", "submitRefund", "refunds", refunds.submit),
    Route("GET", "/refunds/{refundId}", "getRefund", "refunds", refunds.one),
]
PRODUCTS = {route.product for route in ROUTES}
_PATTERNS = [(route.pattern, route) for route in ROUTES]


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    for pattern, route in _PATTERNS:
        match = pattern.fullmatch(path) if route.method == method else None
        if match is not None:
            return route, match.groupdict()
    return None


def serve(world: World, call: Call, *, fault: str = "") -> Answer:
    """Does what the request asks and answers; all of it is committed before a byte goes back."""
    with world.store.transaction():
        try:
            answer, outcome = _answer(world, call)
        except Problem as problem:
            answer, outcome = problem_answer(problem, call.request_id), "refused"
        except Exception:
            traceback.print_exc(file=sys.stderr)
            broken = Problem("SIMULATOR_BROKEN", "The simulator has a defect, see its output.", status=500)
            answer, outcome = problem_answer(broken, call.request_id), "broken"
        write_down(world, call, outcome=outcome, fault=fault, answer=answer)
    return answer


def _answer(world: World, call: Call) -> tuple[Answer, str]:
    door.authenticate(world, call)
    found = find_route(call.method, call.path)
    if found is None:
        raise Problem("PARTNER_RESOURCE_NOT_FOUND", "There is no such route.")
    route, call.ids = found
    if call.method == "GET":
        return _execute(world, call, route), "answered"
    stored = door.recall(world, call)
    if stored is not None:
        return stored, "replayed"
    try:
        answer, outcome = _execute(world, call, route), "answered"
    except Problem as problem:
        answer, outcome = problem_answer(problem, call.request_id), "refused"
    door.remember(world, call, answer)
    return answer, outcome


def _execute(world: World, call: Call, route: Route) -> Answer:
    switched_off = world.store.setting("disabled", [])
    if route.product in switched_off:
        raise Problem("PARTNER_PRODUCT_DISABLED", f"The product {route.product} is not enabled.")
    if route.operation in world.store.setting("denied", []):
        raise Problem("PARTNER_SCOPE_DENIED", "The client lacks the scope of this route.")
    customer_id = call.ids.get("customerId")
    if customer_id is not None and world.resources.find(CUSTOMER, customer_id) is None:
        raise Problem("PARTNER_CUSTOMER_NOT_FOUND", "There is no such customer.")
    with world.store.transaction():
        if call.method != "GET" and not call.is_multipart:
            call.data = call.read_json()
            world.contract.check_body(route.method, route.template, call.data)
        return route.run(world, call)


def write_down(world: World, call: Call, *, outcome: str, fault: str, answer: Answer | None) -> None:
    """One line in the record of requests; never a body, only its hash."""
    found = find_route(call.method, call.path)
    headers = call.headers
    world.store.insert(
        "requests",
        at=world.clock.instant(),
        method=call.method,
        path=call.target,
        operation=found[0].operation if found else "",
        client=headers.get("X-Partner-Client-Id", ""),
        key=headers.get("Idempotency-Key", ""),
        nonce=headers.get("X-Partner-Nonce", ""),
        timestamp=headers.get("X-Partner-Timestamp", ""),
        request_id=headers.get("X-Request-Id", ""),
        body_sha256=None if outcome == "reset" else sha256_hex(call.body),
        outcome=outcome,
        fault=fault,
        status=answer.status if answer else None,
        code=answer.code if answer else "",
    )
