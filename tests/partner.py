"""The partner's system, which speaks to our API with a token, over HTTP, as any other would."""

from typing import Any

import requests
from django.utils import timezone

from backoffice.staff import clients
from tests.faults.house import House


class Partner:
    """partner.post("customers", {...}); partner.get("onboarding-cases/kyc-1")["state"]"""

    def __init__(self, house: House) -> None:
        scopes = ["customers", "onboarding", "payments"]
        token = clients.create_from_shell(name="erp", scopes=scopes, now=timezone.now())
        self._api = f"{house.web_url}/api/v1"
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def post(self, path: str, body: dict[str, Any] | None = None, **more: Any) -> Any:
        answer = self._session.post(f"{self._api}/{path}", json=body, timeout=20, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def put(self, path: str, body: dict[str, Any]) -> Any:
        return self._read(self._session.put(f"{self._api}/{path}", json=body, timeout=20))

    def get(self, path: str) -> Any:
        return self._read(self._session.get(f"{self._api}/{path}", timeout=20))

    def upload(self, kind: str, content: bytes, *, customer: str = "cust-1", name: str = "scan") -> str:
        """Returns the document's id."""
        sent = {"file": (name, content)}
        answer = self.post(f"customers/{customer}/documents", files=sent, data={"documentType": kind})
        return str(answer["documentId"])

    @staticmethod
    def _read(answer: requests.Response) -> Any:
        assert answer.ok, answer.text
        return answer.json()
