"""A partner in a few lines: signs with the rules of contract section 1, sends, and shows what came back."""

import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from tests.simulator.driver import SimulatorProcess

COINS = {"asset": "USDC", "network": "ETHEREUM"}


class Partner:
    def __init__(self, simulator: SimulatorProcess) -> None:
        self._simulator = simulator
        self._session = requests.Session()
        self._session.trust_env = False

    def headers(
        self, method: str, target: str, body: bytes, key: str, *, nonce: str = "", age: float = 0
    ) -> dict[str, str]:
        nonce = nonce or secrets.token_hex(16)
        timestamp = (datetime.now(UTC) - timedelta(seconds=age)).isoformat(timespec="seconds")
        base = "\n".join([method, target, hashlib.sha256(body).hexdigest(), timestamp, nonce, key])
        secret = self._simulator.client_secret.encode()
        headers = {
            "X-Partner-Client-Id": self._simulator.client_id,
            "X-Partner-Timestamp": timestamp,
            "X-Partner-Nonce": nonce,
            "X-Partner-Signature": hmac.new(secret, base.encode(), hashlib.sha256).hexdigest(),
            "X-Request-Id": secrets.token_hex(8),
        }
        return headers | ({"Idempotency-Key": key} if key else {})

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        key: str = "",
        content_type: str = "application/json",
        change: dict[str, str] | None = None,
        without: str = "",
        timeout: float = 10,
        **signing: Any,
    ) -> requests.Response:
        target = "/partner/v1" + path
        headers = self.headers(method, target, body, key, **signing)
        headers |= ({"Content-Type": content_type} if body else {}) | (change or {})
        headers.pop(without, None)
        url = self._simulator.base_url + target
        return self._session.request(method, url, data=body or None, headers=headers, timeout=timeout)

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.send("GET", path, **more)

    def post(self, path: str, data: Any, *, key: str = "", **more: Any) -> requests.Response:
        return self.send("POST", path, json.dumps(data).encode(), key=key or secrets.token_hex(8), **more)

    # Steps that many tests begin with

    def customer(self, ref: str = "cust-1", *, simulate: str = "approve", kind: str = "INDIVIDUAL") -> str:
        body = {
            "partnerCustomerRef": ref,
            "customerType": kind,
            "displayName": "Ada Berg",
            "metadata": {"simulate": simulate},
        }
        return str(self.post("/customers", body).json()["customerId"])

    def submission(self, ref: str = "kyc-1", **changes: Any) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat()
        return {
            "submissionRef": ref,
            "submissionType": "KYC",
            "personalDetails": {
                "firstName": "Ada",
                "lastName": "Berg",
                "dateOfBirth": "1990-02-03",
                "nationality": "DE",
                "taxResidency": "DE",
                "email": "ada@example.com",
                "phone": "+491701234567",
                "residentialAddress": {
                    "line1": "Hauptstr. 1",
                    "city": "Berlin",
                    "postcode": "10115",
                    "country": "DE",
                },
            },
            "additionalPersonalDetails": {
                "occupation": "engineer",
                "purposesOfAccountOpening": ["savings"],
                "sourceOfFunds": ["salary"],
                "sourceOfWealth": ["salary"],
            },
            "supportingDocuments": [],
            "consentEvidence": {
                "consentVersion": "1",
                "consentTextSha256": "a" * 64,
                "consentedAt": now,
                "channel": "WEB",
                "ipAddress": "192.0.2.1",
                "userAgent": "test",
                "locale": "en",
            },
            "partnerAttestation": {
                "attestedByClientId": self._simulator.client_id,
                "attestedBy": "staff-1",
                "attestedAt": now,
                "statementVersion": "1",
            },
        } | changes

    def approved_customer(self, ref: str = "cust-1") -> str:
        customer_id = self.customer(ref)
        self._simulator.advance("customer", "APPROVED", id=customer_id, tell=False)
        return customer_id

    def bank_account(self, customer_id: str, ref: str = "ba-1", currency: str = "EUR", **changes: Any) -> str:
        body = {
            "bankAccountRef": ref,
            "accountHolderName": "Ada Berg",
            "iban": "DE02120300000000202051",
            "bankName": "Specimen Bank",
            "swiftCode": "BYLADEM1001",
            "country": "DE",
            "currency": currency,
            "holderType": "SAME_NAME",
        }
        made = self.post(f"/customers/{customer_id}/bank-accounts", body | changes).json()
        self._simulator.advance("bank_account", "ACTIVE", id=made["bankAccountId"], tell=False)
        return str(made["bankAccountId"])

    def wallet(self, customer_id: str, ref: str = "wallet-1", **changes: Any) -> str:
        body = {
            "walletAddressRef": ref,
            "address": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "holderType": "SAME_NAME",
            "holderName": "Ada Berg",
            "selfHosted": False,
            **COINS,
        }
        made = self.post(f"/customers/{customer_id}/crypto-wallet-addresses", body | changes).json()
        self._simulator.advance("crypto_wallet_address", "ACTIVE", id=made["walletAddressId"])
        return str(made["walletAddressId"])

    def crypto_draft(self, customer_id: str, wallet_id: str, ref: str = "cw-1", **changes: Any) -> Any:
        """A quote and the draft by it, which `changes` alters."""
        asked = {"walletAddressId": wallet_id, "amount": "25.000000", **COINS}
        quote = self.post(f"/customers/{customer_id}/crypto-withdrawal-quotes", asked).json()
        body = {"withdrawalRef": ref, "quoteId": quote["quoteId"], **asked, "purpose": "invoice 18"}
        body["operationAuthorization"] = self.authorization()
        return self.post(f"/customers/{customer_id}/crypto-withdrawals", body | changes).json()

    def quote(self, customer_id: str, account_id: str, amount: str = "100.00", currency: str = "EUR") -> Any:
        body = {"bankAccountId": account_id, "currency": currency, "amount": amount}
        return self.post(f"/customers/{customer_id}/fiat-withdrawal-quotes", body).json()

    def authorization(self) -> dict[str, Any]:
        return {
            "authorizationRef": "auth-1",
            "authorizedBy": [
                {
                    "userRef": "u-2",
                    "role": "payments approver",
                    "approvedAt": datetime.now(UTC).isoformat(),
                    "method": "TOTP",
                }
            ],
            "operationHash": "b" * 64,
            "policyVersion": "1",
        }

    def draft_body(self, account_id: str, quote: dict[str, Any], ref: str = "wd-1", **changes: Any) -> Any:
        return {
            "withdrawalRef": ref,
            "quoteId": quote["quoteId"],
            "bankAccountId": account_id,
            "currency": quote["currency"],
            "amount": quote["amount"],
            "purpose": "invoice 17",
            "paymentReference": "RF-17",
            "operationAuthorization": self.authorization(),
        } | changes

    def draft(self, customer_id: str, account_id: str, ref: str = "wd-1", **changes: Any) -> str:
        """A draft of 100.00 EUR, with a quote of its own."""
        body = self.draft_body(account_id, self.quote(customer_id, account_id), ref, **changes)
        return str(self.post(f"/customers/{customer_id}/fiat-withdrawals", body).json()["withdrawalId"])

    def submit(self, withdrawal_id: str, *, key: str = "", **more: Any) -> requests.Response:
        return self.post(f"/fiat-withdrawals/{withdrawal_id}/submit", {}, key=key, **more)

    def conversion_body(self, quote_id: str, **changes: Any) -> dict[str, Any]:
        approved = self.draft_body("", {"quoteId": "", "currency": "", "amount": ""})
        body = {"conversionRef": "cv-1", "quoteId": quote_id}
        return {**body, "operationAuthorization": approved["operationAuthorization"], **changes}

    def refund_body(self, source_id: str, **changes: Any) -> dict[str, Any]:
        """A refund of 10.00 EUR of a deposit."""
        return {
            "refundRef": "rf-1",
            "sourceType": "FIAT_DEPOSIT",
            "sourceId": source_id,
            "amount": "10.00",
            "currency": "EUR",
            "reason": "sent twice",
            "operationAuthorization": self.authorization(),
        } | changes
