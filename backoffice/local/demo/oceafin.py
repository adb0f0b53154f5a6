"""The demo's hand on the stand-in Oceafin: calls that a real one does not have."""

import json
import urllib.request
from typing import Any

from django.conf import settings

from backoffice.local import ownership


def control(call: str, **data: Any) -> dict[str, Any]:
    """One control call (docs/simulator.md). Raises WrongInstallation for anything but a stand-in of ours."""
    base_url = settings.OCEAFIN_PARTNER_API_BASE_URL.rstrip("/")
    if not ownership.is_stand_in(base_url):
        raise ownership.WrongInstallation("Demo data is made only beside a stand-in Oceafin of our own.")
    request = urllib.request.Request(  # noqa: S310
        f"{base_url}/_simulator/{call}",
        data=json.dumps(data).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)
        return found


def is_there() -> bool:
    """Whether a stand-in answers at the address of the settings."""
    try:
        urllib.request.urlopen(  # noqa: S310
            f"{settings.OCEAFIN_PARTNER_API_BASE_URL.rstrip('/')}/_simulator/health", timeout=3
        ).close()
    except OSError:
        return False
    return True
