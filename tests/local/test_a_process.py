import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from backoffice.environment import ROOT
from backoffice.local.errors import CannotRun
from backoffice.local.processes import Process, wait_until
from backoffice.local.supervise import FIRST_WAIT, LONGEST_WAIT, Ward
from tests.waiting import eventually


def process(tmp_path: Path, code: str, **how: object) -> Process:
    return Process(
        title="The program",
        command=[sys.executable, "-c", code],
        environment=dict(os.environ),
        log=tmp_path / "log" / "program.log",
        folder=tmp_path,
        **how,  # type: ignore[arg-type]
    )


def is_alive(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_is_asked_to_end_and_ends_in_its_own_way(tmp_path: Path) -> None:
    program = process(
        tmp_path,
        "import signal, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        "print('up', flush=True)\nsignal.pause()",
    )
    program.start()
    wait_until(lambda: "up" in program.last_words(), process=program)

    program.stop()

    assert program.child
    assert program.child.returncode == 7


def test_that_does_not_end_in_time_is_killed(tmp_path: Path) -> None:
    program = process(
        tmp_path,
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up', flush=True)\nsignal.pause()",
        patience=0.1,
    )
    program.start()
    wait_until(lambda: "up" in program.last_words(), process=program)

    program.stop()

    assert program.child
    assert program.child.returncode == -signal.SIGKILL


def test_that_ends_while_starting_is_shown_with_its_last_words(tmp_path: Path) -> None:
    program = process(tmp_path, "raise SystemExit('no such planet')")
    program.start()

    with pytest.raises(CannotRun, match=r"(?s)The program ended while it was starting.*no such planet"):
        wait_until(lambda: False, process=program)


def test_that_meets_a_full_disk_is_explained_in_a_sentence(tmp_path: Path) -> None:
    program = process(tmp_path, "raise SystemExit('write failed: No space left on device')")
    program.start()

    with pytest.raises(CannotRun, match="the disk is full") as reason:
        wait_until(lambda: False, process=program)
    assert "\n" not in str(reason.value)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, sys, time\nfrom pathlib import Path\n"
            "from backoffice.local.processes import Process\n"
            f"here = Path({str(tmp_path)!r})\n"
            "child = Process(title='x', command=[sys.executable, '-c', 'import time; time.sleep(600)'],"
            " environment=dict(os.environ), log=here / 'log', folder=here)\n"
            "child.start()\nprint(child.child.pid, flush=True)\ntime.sleep(600)",
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert parent.stdout
    child = int(parent.stdout.readline())
    assert is_alive(child)

    parent.kill()
    parent.wait()

    eventually(lambda: not is_alive(child))


def test_that_keeps_falling_is_started_again_with_growing_patience(tmp_path: Path) -> None:
    program = process(tmp_path, "pass")
    program.start()
    eventually(lambda: not program.running)
    starts: list[float] = []
    said: list[str] = []
    ward = Ward(process=program, restart=lambda: starts.append(clock), started_at=0.0)

    clock = 0.0
    while clock < 60:
        ward.look(clock, said.append)
        clock += FIRST_WAIT

    waits = [later - earlier for earlier, later in pairwise(starts)]
    assert len(starts) >= 6
    assert waits == sorted(waits)
    assert LONGEST_WAIT <= waits[-1] <= LONGEST_WAIT + 2 * FIRST_WAIT
    assert said[0].startswith("The program ended unexpectedly (exit code 0)")
