"""Make `.venv/` hold exactly what `requirements.lock` names. Run by `make`, with the machine's own Python.

It stands alone (standard library only, no import of ours) because nothing is installed when it runs.
A second run finds its stamp and ends at once. `uv` does the work where it can, in seconds; where it
cannot (a mirror or a proxy that only pip's configuration knows), pip does the same more slowly. Both
check every file against the hashes of the lock.
"""

import errno
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent.parent
LOCK = ROOT / "requirements.lock"
VENV = ROOT / ".venv"
NEEDED_BYTES = 900 * 1024 * 1024

NO_SPACE = (
    f"The disk that holds {ROOT} is full: the libraries need about {NEEDED_BYTES // 2**20} MB. "
    "Make room and run the command again."
)
NO_WRITE = (
    f"The folder {ROOT} cannot be written to. Run the command as its owner, or in a copy of your own "
    "(libraries and data are kept beside the code)."
)
NO_VENV = (
    "This Python cannot make virtual environments. On Debian or Ubuntu install the package python3-venv, "
    "then run the command again."
)
NO_NETWORK = (
    "The libraries could not be downloaded. Check the network connection (and pip's settings for a proxy, "
    "a mirror or a certificate, if this machine needs them), then run the command again. Details: {log}"
)
BAD_HASH = (
    "A downloaded library is not the file that requirements.lock names, so it was not installed. "
    "Check which mirror pip is set to use. Details: {log}"
)


class CannotInstall(Exception):
    """The reason, as a sentence for the person at the keyboard."""


def main() -> int:
    try:
        install()
    except CannotInstall as reason:
        print(reason, file=sys.stderr)
        return 1
    except (PermissionError, IsADirectoryError):
        print(NO_WRITE, file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise
        print(NO_WRITE if error.errno == errno.EROFS else NO_SPACE, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def install() -> None:
    """Bring `.venv/` up to the lock, or say why not (CannotInstall)."""
    stamp, wanted = VENV / "installed", fingerprint()
    if read(stamp) == wanted:
        return
    if not os.access(ROOT, os.W_OK):
        raise CannotInstall(NO_WRITE)
    with (ROOT / ".install.lock").open("w") as turn:
        # Two `make` at once on a fresh checkout: the second waits, then finds the work done.
        fcntl.flock(turn, fcntl.LOCK_EX)
        if read(stamp) == wanted:
            return
        make_environment()
        install_libraries(ROOT / ".venv" / "install.log")
        stamp.write_text(wanted)
    say("Installed.")


def fingerprint() -> str:
    digest = hashlib.sha256(LOCK.read_bytes())
    digest.update(f"{sys.version} {ROOT}".encode())
    return digest.hexdigest()


def make_environment() -> None:
    unfinished = VENV / "unfinished"
    if (VENV / "bin" / "python").exists() and not unfinished.exists() and pip_works():
        unfinished.touch()
        return
    if shutil.disk_usage(ROOT).free < NEEDED_BYTES:
        raise CannotInstall(NO_SPACE)
    say(f"Making {VENV.name}/ (once; later starts take seconds).")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        output = made.stdout + made.stderr
        raise CannotInstall(
            NO_SPACE if no_space(output) else NO_VENV if "ensurepip" in output else output.strip()
        )
    unfinished.touch()


def pip_works() -> bool:
    """Whether the environment still stands on its Python (which may have been removed or replaced)."""
    asked = [str(VENV / "bin" / "python"), "-c", "import pip, sys; sys.exit(sys.version_info[:2] != (3, 11))"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def install_libraries(log: Path) -> None:
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--require-hashes", "--retries", "2"]
    pip += ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    count = len(re.findall(r"^\S+==", LOCK.read_text(), re.M))
    with log.open("w") as report:
        say("Fetching the installer.")
        with tempfile.NamedTemporaryFile("w", suffix=".lock") as only_uv:
            only_uv.write(lines_of("uv"))
            only_uv.flush()
            has_uv = follow([*pip, "--no-deps", "-r", only_uv.name], report, show="") == 0
        say(f"Fetching {count} libraries, each checked against its hash in {LOCK.name}.")
        uv = [str(VENV / "bin" / "uv"), "pip", "sync", "--require-hashes", "--strict", "--python"]
        uv += [str(VENV / "bin" / "python"), str(LOCK)]
        if has_uv and follow(uv, report, show="Downloading |Prepared ", environment=as_uv_wants_it()) == 0:
            (VENV / "unfinished").unlink(missing_ok=True)
            return
        if no_space(log.read_text(errors="replace")):
            raise CannotInstall(NO_SPACE)
        say("That did not work; pip tries the same in its own way, which takes a minute.")
        if follow([*pip, "-r", str(LOCK)], report, show="Collecting |Installing ") != 0:
            raise CannotInstall(reason_in(log))
    (VENV / "unfinished").unlink(missing_ok=True)


def follow(
    command: list[str], report: TextIO, *, show: str, environment: dict[str, str] | None = None
) -> int:
    """Run it, keep all that it says in the report, and show the lines that begin as `show` says."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
    )
    for line in process.stdout or ():
        report.write(line)
        report.flush()
        if show and re.match(show, line.strip()):
            say("  " + line.strip()[:100])
    return process.wait()


def lines_of(name: str) -> str:
    """The part of the lock that names one library, with its hashes."""
    part = re.search(rf"^{name}==.*?(?=^\S|\Z)", LOCK.read_text(), re.M | re.S)
    return part.group(0) if part else ""


def as_uv_wants_it() -> dict[str, str]:
    """The environment for uv, with what only pip was told (mirror, certificate) said in uv's words."""
    given = dict(os.environ)
    said = subprocess.run(
        [str(VENV / "bin" / "python"), "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=False,
    )
    pips = {}
    for line in said.stdout.splitlines():
        name, _, value = line.partition("=")
        pips[name.rpartition(".")[2]] = value.strip().strip("'\"")
    if "index-url" in pips:
        given.setdefault("UV_DEFAULT_INDEX", pips["index-url"])
    if "cert" in pips:
        given.setdefault("SSL_CERT_FILE", pips["cert"])
    if "proxy" in pips:
        given.setdefault("ALL_PROXY", pips["proxy"])
    given.setdefault("UV_LINK_MODE", "copy")
    if not os.access(os.path.expanduser("~"), os.W_OK):
        given.setdefault("UV_NO_CACHE", "1")
    return given


def reason_in(log: Path) -> str:
    said = log.read_text(errors="replace")
    if no_space(said):
        return NO_SPACE
    return (BAD_HASH if "DO NOT MATCH THE HASHES" in said else NO_NETWORK).format(log=log)


def no_space(output: str) -> bool:
    return "No space left on device" in output or "os error 28" in output or "Disk quota exceeded" in output


def read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
