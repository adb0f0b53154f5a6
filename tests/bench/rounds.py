"""Interleaved rounds: contestants take turns on the same machine in the same run; the median of ratios counts."""

import json
import signal
import statistics
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ROUNDS = 7


def report(*, name: str, ratio: float, goal: str, detail: str) -> bool:
    """Print one measurement as a line of JSON; returns whether the goal holds."""
    relation, _, bound = goal.partition(" ")
    holds = ratio >= float(bound) if relation == ">=" else ratio <= float(bound)
    line = {"name": name, "ratio": round(ratio, 2), "goal": goal, "holds": holds, "detail": detail}
    print(json.dumps(line), flush=True)
    return holds


def tell(*, name: str, detail: str) -> None:
    """Print what was measured and has no goal."""
    print(json.dumps({"name": name, "detail": detail}), flush=True)


def interleaved(
    first: Callable[[], float], second: Callable[[], float], *, rounds: int = ROUNDS
) -> list[tuple]:
    """Seconds of both in each round; one unmeasured round first, and who begins changes with each."""
    first(), second()
    times = []
    for number in range(rounds):
        if number % 2:
            late, early = second(), first()
            times.append((early, late))
        else:
            times.append((first(), second()))
    return times


def median_ratio(times: list[tuple]) -> float:
    """How many times as long the second takes as the first."""
    return statistics.median(second / first for first, second in times)


class Contestant:
    """A process of its own that runs N requests when told and says how long they took.

    Protocol on its standard streams: it says `ready`; each line `N [word]` is answered by `took SECONDS`.
    What it logs in between is passed over.
    """

    def __init__(self, command: list[str], *, environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer("ready")

    def run(self, count: int, word: str = "") -> float:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{count} {word}\n")
        self.process.stdin.flush()
        return float(self._answer("took"))

    def run_at_most(self, seconds: float, count: int, word: str = "") -> tuple[float, bool]:
        """Seconds it took, and whether it came to its end; one that takes longer is killed then, and is of no
        more use."""
        alarm = threading.Timer(seconds, self.process.kill)
        alarm.start()
        try:
            return self.run(count, word), True
        except RuntimeError:
            if self.process.wait() != -signal.SIGKILL:
                raise
            return seconds, False
        finally:
            alarm.cancel()

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)

    def _answer(self, word: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said, _, rest = line.strip().partition(" ")
            if said == word:
                return rest
        raise RuntimeError("A contestant ended before it answered.")


def serve(run: Callable[[int, str], float]) -> None:
    """The other end of a Contestant, for scripts of this folder. Imported by nothing else."""
    print("ready", flush=True)
    for line in sys.stdin:
        count, _, word = line.strip().partition(" ")
        print("took", run(int(count), word), flush=True)
