"""Settings that `make run` made reach a command beside it, and never another database."""

import json
import stat
from pathlib import Path

import pytest

from backoffice.environment import Environment, SettingMissing, local_values
from backoffice.local.errors import CannotRun
from backoffice.local.installation import Installation

OURS = "postgres://backoffice:made@127.0.0.1:5000/backoffice"
PRODUCTION = "postgres://partner:secret@db.partner.example/backoffice"
SANDBOX = {
    "OCEAFIN_PARTNER_API_BASE_URL": "https://sandbox.example",
    "OCEAFIN_PARTNER_API_CLIENT_ID": "partner",
    "OCEAFIN_PARTNER_API_CLIENT_SECRET": "given-client-secret",
    "OCEAFIN_PARTNER_API_WEBHOOK_SECRET": "given-webhook-secret",
}


def run_with(folder: Path, **given: str) -> dict[str, str]:
    """What a `make run` with these settings makes, written down as it does."""
    installation = Installation(given=given, folder=folder)
    servers = {} if given.get("DATABASE_URL") else {"DATABASE_URL": OURS}
    settings = installation.settings(servers=servers)
    installation.write_environment(settings)
    return settings


def beside(folder: Path, **given: str) -> dict[str, str]:
    """What a command in a shell with these settings gets from the file."""
    return local_values(given, folder / "environment.json")


def test_of_a_run_reaches_a_command_beside_it(tmp_path: Path) -> None:
    made = run_with(tmp_path)

    assert beside(tmp_path) == made
    assert made["DATABASE_URL"] == OURS
    assert made["BACKOFFICE_LOCAL"] == made["DEMO_ALLOWED"] == "1"


def test_of_a_run_does_not_reach_a_shell_that_names_another_database(tmp_path: Path) -> None:
    run_with(tmp_path)

    assert beside(tmp_path, DATABASE_URL=PRODUCTION) == {}


def test_of_a_run_on_a_given_database_reaches_only_a_shell_that_names_the_same(tmp_path: Path) -> None:
    made = run_with(tmp_path, DATABASE_URL=PRODUCTION)

    assert beside(tmp_path, DATABASE_URL=PRODUCTION) == made
    assert beside(tmp_path) == {}
    assert beside(tmp_path, DATABASE_URL=OURS) == {}


def test_is_kept_for_its_owner_alone_and_without_secrets_that_were_given(tmp_path: Path) -> None:
    run_with(tmp_path, DATABASE_URL=PRODUCTION, SECRET_KEY="given-secret-key", **SANDBOX)

    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        secrets = [value for name, value in SANDBOX.items() if name.endswith("_SECRET")]
        for value in (PRODUCTION, "given-secret-key", *secrets):
            assert value not in file.read_text()


def test_names_the_oceafin_and_the_port_of_the_run(tmp_path: Path) -> None:
    run_with(tmp_path, PORT="8123", **SANDBOX)

    found = beside(tmp_path)
    assert found["PORT"] == "8123"
    assert found["OCEAFIN_PARTNER_API_BASE_URL"] == SANDBOX["OCEAFIN_PARTNER_API_BASE_URL"]


def test_keeps_the_secrets_of_each_database_apart_and_for_ever(tmp_path: Path) -> None:
    first = run_with(tmp_path)
    other = run_with(tmp_path, DATABASE_URL=PRODUCTION)

    assert run_with(tmp_path) == first
    assert run_with(tmp_path, DATABASE_URL=PRODUCTION) == other
    assert other["FIELD_KEYS"] != first["FIELD_KEYS"]


def test_allows_the_demo_only_where_database_and_oceafin_are_ours(tmp_path: Path) -> None:
    assert "DEMO_ALLOWED" in run_with(tmp_path)
    assert "DEMO_ALLOWED" not in run_with(tmp_path, DATABASE_URL=PRODUCTION)
    assert "DEMO_ALLOWED" not in run_with(tmp_path, **SANDBOX)


def test_with_an_oceafin_but_without_its_secrets_is_refused_by_name(tmp_path: Path) -> None:
    given = {"OCEAFIN_PARTNER_API_BASE_URL": "https://sandbox.example"}

    with pytest.raises(CannotRun, match="OCEAFIN_PARTNER_API_CLIENT_SECRET"):
        Installation(given=given, folder=tmp_path).check()


def test_with_damaged_secrets_says_so_and_makes_no_new_ones(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")

    with pytest.raises(CannotRun, match="is damaged"):
        run_with(tmp_path)
    assert (tmp_path / "secrets.json").read_text() == "{"


@pytest.mark.parametrize("damage", ["", "[]", "null", json.dumps("x")])
def test_that_is_damaged_counts_as_none(tmp_path: Path, damage: str) -> None:
    (tmp_path / "environment.json").write_text(damage)

    assert beside(tmp_path) == {}


def test_names_the_setting_that_is_missing_or_unreadable() -> None:
    with pytest.raises(SettingMissing, match="AUDIT_KEY is missing"):
        Environment({}).text("AUDIT_KEY")
    with pytest.raises(SettingMissing, match="HOURS must be a whole number"):
        Environment({"HOURS": "many"}).number("HOURS", 1)


@pytest.mark.parametrize("port", ["0", "70000", "http", "-1", "８０"])
def test_with_a_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    with pytest.raises(CannotRun, match="PORT must be a number"):
        Installation(given={"PORT": port}, folder=tmp_path).port()
