"""Each command and setting that the Dockerfile and docker-compose.yml name exists here.

There need be no container engine to find out that a worker would never start.
"""

import re
import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from celery.bin.base import CLIContext
from celery.bin.celery import celery
from django.core.management import get_commands
from gunicorn.app.wsgiapp import WSGIApplication

from backoffice.celery import app
from backoffice.environment import ROOT
from backoffice.local.installation import container_secrets
from backoffice.oceafin.simulator.options import read_options
from backoffice.settings import CELERY_TASK_DEFAULT_QUEUE

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("image") == "oceafin-backoffice"}
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")


def commands_of(command: str) -> list[list[str]]:
    """The plain commands in one line of compose: the line itself, or the parts of its `sh -c`."""
    words = shlex.split(command)
    return [shlex.split(part) for part in words[2].split("&&")] if words[:2] == ["sh", "-c"] else [words]


ALL_COMMANDS = [
    pytest.param(words, id=f"{name}: {' '.join(words[:3])}")
    for name, service in OURS.items()
    for words in commands_of(service["command"])
]


def check_command(words: list[str]) -> None:
    """Fail unless the program would take this command line."""
    match words:
        case ["gunicorn", *arguments]:
            application = WSGIApplication.__new__(WSGIApplication)
            application.prog = application.usage = None
            application.load_default_config()
            known = application.cfg.parser()
            parsed = known.parse_args(arguments)
            assert parsed.args == ["backoffice.wsgi"]
            assert find_spec(parsed.args[0])
        case ["celery", "-A", application, name, *arguments]:
            assert find_spec(f"{application}.celery")
            around = click.Context(celery, obj=CLIContext(app=app, no_color=True, workdir=None))
            parsed = celery.commands[name].make_context(name, list(arguments), parent=around)
            assert parsed.params["loglevel"]
        case ["python", "manage.py", name, *_]:
            assert (ROOT / "manage.py").exists()
            assert name in get_commands()
        case ["python", "-m", "backoffice.oceafin.simulator", *arguments]:
            assert find_spec("backoffice.oceafin.simulator.__main__")
            read_options(arguments)
        case _:
            raise AssertionError(f"Nothing is known of the command {words}.")


def names_read_by(*files: Path) -> set[str]:
    return set(re.findall(r'(?:env\.\w+|given)\(\s*"([A-Z0-9_]+)"', "".join(f.read_text() for f in files)))


@pytest.mark.parametrize("words", ALL_COMMANDS)
def test_starts_only_what_exists(words: list[str]) -> None:
    check_command(words)


def test_starts_each_kind_of_process() -> None:
    assert set(SERVICES) == {
        "postgres", "redis", "storage", "simulator", "prepare", "web", "worker-money", "worker-papers", "beat",
    }  # fmt: skip


def test_gives_every_queue_a_worker() -> None:
    consumed = {queue for words in ALL_COMMANDS for queue in _queues(words.values[0])}

    assert consumed == {"money", "papers"}
    assert CELERY_TASK_DEFAULT_QUEUE in consumed


def _queues(words: list[str]) -> list[str]:
    return words[words.index("--queues") + 1].split(",") if "--queues" in words else []


@pytest.mark.parametrize("name", [name for name in OURS if name != "simulator"])
def test_sets_only_what_the_settings_read(name: str) -> None:
    known = names_read_by(ROOT / "backoffice" / "settings.py")

    assert set(OURS[name]["environment"]) <= known


def test_sets_only_what_the_simulator_reads() -> None:
    known = names_read_by(ROOT / "backoffice" / "oceafin" / "simulator" / "options.py")

    assert set(OURS["simulator"]["environment"]) <= {"SIMULATOR_" + name for name in known}


def test_asks_for_no_secret_that_make_secrets_does_not_write() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+):\?", (ROOT / "docker-compose.yml").read_text()))

    assert asked == set(container_secrets())


def test_waits_only_for_services_and_volumes_that_it_has() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= set(SERVICES)
        for volume in service.get("volumes", []):
            assert volume.partition(":")[0] in COMPOSE["volumes"]


def test_is_reachable_from_this_machine_alone() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert published == ["127.0.0.1:8000:8000"]


def test_builds_an_image_from_files_that_exist() -> None:
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M):
        for source in line.split():
            assert (ROOT / source).exists(), source
            assert f"!{source}" in (ROOT / ".dockerignore").read_text().split()


def test_builds_an_image_that_starts_the_web_process_as_nobody_special() -> None:
    command = re.search(r"^CMD \[(.+)\]$", DOCKERFILE, re.M)

    assert command
    check_command([word.strip().strip('"') for word in command.group(1).split(",")])
    assert re.search(r"^USER backoffice$", DOCKERFILE, re.M)


def test_builds_an_image_with_settings_that_exist() -> None:
    build = re.search(r"^RUN (.*) python manage.py (\w+)", DOCKERFILE, re.M)

    assert build
    assert build.group(2) in get_commands()
    named = {word.partition("=")[0] for word in build.group(1).split()}
    assert named <= names_read_by(ROOT / "backoffice" / "settings.py")
