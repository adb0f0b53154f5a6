from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Actor:
    """Who acts: a member of staff, a system of the partner's, a job of ours, or Oceafin by an event."""

    kind: str
    id: str
    label: str

    @classmethod
    def staff(cls, user: Any) -> "Actor":
        return cls("STAFF", str(user.pk), str(user)[:120])

    @classmethod
    def api(cls, client: Any) -> "Actor":
        return cls("API", str(client.pk), str(client)[:120])

    @classmethod
    def system(cls, name: str) -> "Actor":
        return cls("SYSTEM", name[:64], name[:120])

    @classmethod
    def oceafin(cls, source: str) -> "Actor":
        return cls("OCEAFIN", source[:64], "Oceafin")
