"""The demo's hand on the stand-in Oceafin: calls that a real one does not have."""

from typing import Any

import requests
from django.conf import settings

from backoffice.local import ownership

# A proxy of the shell's has nothing to do with a stand-in on this machine.
_session = requests.Session()
_session.trust_env = False


def control(call: str, **data: Any) -> dict[str, Any]:
    """One control call (docs/simulator.md). Raises WrongInstallation for anything but a stand-in of ours."""
    if not ownership.is_stand_in(_base_url()):
        raise ownership.WrongInstallation("Demo data is made only beside a stand-in Oceafin of our own.")
    answer = _session.post(f"{_base_url()}/_simulator/{call}", json=data, timeout=10)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def is_there() -> bool:
    """Whether a stand-in answers at the address of the settings."""
    try:
        return _session.get(f"{_base_url()}/_simulator/health", timeout=3).ok
    except requests.RequestException:
        return False


def _base_url() -> str:
    return settings.OCEAFIN_PARTNER_API_BASE_URL.rstrip("/")
