"""The state diagrams of docs/states.md, drawn from the tables that the code runs by."""

from importlib import import_module
from pathlib import Path

from django.conf import settings

from backoffice.states import Machine

TABLES = (
    "customers.states",
    "customers.likeness.states",
    "onboarding.states",
    "onboarding.second_look.states",
    "payments.states",
    "payments.policies.states",
    "payments.batches.states",
    "payments.reconciliation.states",
    "payments.notices.states",
    "payments.accounts.deposits.states",
    "payments.accounts.travel_rule.states",
    "payments.accounts.fiat.states",
    "backoffice.oceafin.states",
    "webhooks.outgoing.states",
)
PAGE = Path(settings.BASE_DIR) / "docs" / "states.md"
HEAD = """# States

Drawn from the `states.py` tables by `python manage.py draw_states`; a test fails when they differ.
"""


def machines() -> list[Machine]:
    """Every table of states, in the order of the page."""
    return [
        value for name in TABLES for value in vars(import_module(name)).values() if isinstance(value, Machine)
    ]


def page() -> str:
    return "\n".join([HEAD, *(_section(machine) for machine in machines())])


def _section(machine: Machine) -> str:
    title = machine.name[:1].upper() + machine.name[1:]
    rows = "\n".join(f"| {state} | {sentence} |" for state, sentence in machine.sentences.items())
    return f"## {title}\n\n```mermaid\n{machine.diagram()}\n```\n\n| state | what it means |\n|---|---|\n{rows}\n"
