"""`make lint`: every tool that has an opinion on the code, under settings like those of production."""

import base64
import os
import subprocess
import sys
from pathlib import Path

from backoffice.environment import ROOT

CODE = ("backoffice", "customers", "onboarding", "payments", "webhooks")
BIN = Path(sys.executable).parent

# A production that does not exist: enough to load and judge the settings, nothing answers at any address.
PRODUCTION = {
    "SECRET_KEY": base64.urlsafe_b64encode(
        b"only to judge the settings with: 0123456789-ABCDEFGHIJ"
    ).decode(),
    "FIELD_KEYS": base64.urlsafe_b64encode(bytes(range(32))).decode(),
    "AUDIT_KEY": "only-to-judge-the-settings-with-0123456789",
    "ALLOWED_HOSTS": "backoffice.example",
    "BUSINESS_TIME_ZONE": "Europe/Vienna",
    "BASE_CURRENCY": "EUR",
    "BEHIND_TLS_PROXY": "1",
    "OCEAFIN_PARTNER_API_BASE_URL": "https://api.oceafin.com",
    "OCEAFIN_PARTNER_API_CLIENT_ID": "nobody",
    "OCEAFIN_PARTNER_API_CLIENT_SECRET": "only-to-judge-the-settings-with-client",
    "OCEAFIN_PARTNER_API_WEBHOOK_SECRET": "only-to-judge-the-settings-with-webhook",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none",
    "REDIS_URL": "redis://127.0.0.1:9/0",
    "EMAIL_HOST": "mail.example",
    "EMAIL_FROM": "backoffice@mail.example",
}

CHECKS: dict[str, list[str]] = {
    "style": ["ruff", "check", "--quiet", "."],
    "layout": ["ruff", "format", "--check", "--quiet", "."],
    "layers": ["lint-imports", "--no-cache"],
    "types": ["mypy", "--no-error-summary", "--hide-error-context"],
    "security": ["bandit", "--quiet", "--recursive", "-ll", "--configfile", "pyproject.toml", *CODE],
    # Without a database the command cannot compare with what was applied; it says so and compares files.
    "migrations": [
        "python",
        "-W",
        "ignore::RuntimeWarning",
        "manage.py",
        "makemigrations",
        "--check",
        "--dry-run",
    ],
    "deployment": ["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
}


def lint() -> int:
    """Run every check and show what those say that fail; 0 only if none does."""
    failed = [name for name, command in CHECKS.items() if not _passes(name, command)]
    if failed:
        print(f"Not clean: {', '.join(failed)}.")
        return 1
    print(f"Clean: {', '.join(CHECKS)}.")
    return 0


def _passes(name: str, command: list[str]) -> bool:
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        env=production_environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"--- {name}: {' '.join(command)}\n{done.stdout}{done.stderr}", flush=True)
    return done.returncode == 0


def production_environment() -> dict[str, str]:
    """This shell's environment with the settings of a production, and nothing left of local mode."""
    ours = {
        name: value for name, value in os.environ.items() if name not in ("BACKOFFICE_LOCAL", "DEMO_ALLOWED")
    }
    return ours | PRODUCTION
