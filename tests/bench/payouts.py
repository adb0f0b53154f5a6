"""The payout desk: its queues over a million payments beside a thousand, and finding one beside the stock admin."""

import contextlib
import os
import sys

from tests.bench.rounds import ROOT, Contestant, interleaved, median_ratio, report
from tests.bench.webhook import database, migrate

FEW, MANY = 1_000, 1_000_000
QUEUES = {
    "mine": "what this approver may approve",
    "approval": "what waits for approval",
    "sending": "what is on its way",
    "trouble": "what needs somebody",
}
COUNT = 5


def run() -> None:
    with contextlib.ExitStack() as stack:
        few, many = (_site(stack, name, count) for name, count in (("few", FEW), ("many", MANY)))
        for queue, what in QUEUES.items():
            times = interleaved(
                lambda queue=queue: few.run(COUNT, queue), lambda queue=queue: many.run(COUNT, queue)
            )
            first, second = _each(times)
            report(
                name=f"payout desk, {what}: the page at 1,000,000 payments vs 1,000",
                ratio=median_ratio(times),
                goal="<= 1.2",
                detail=f"at few {first}, at many {second} a page with the counts of all queues",
            )
        times = interleaved(lambda: many.run(COUNT, "find"), lambda: many.run(COUNT, "stock"))
        first, second = _each(times)
        report(
            name="finding a payment's reference among 1,000,000 vs the stock admin with its defaults",
            ratio=median_ratio(times),
            goal=">= 6",
            detail=f"ours {first}, the stock admin {second} a page",
        )


def _each(times: list[tuple]) -> list[str]:
    middle = sorted(times)[len(times) // 2]
    return [f"{side / COUNT * 1e3:.1f} ms" for side in middle]


def _site(stack: contextlib.ExitStack, name: str, count: int) -> Contestant:
    url = stack.enter_context(database(f"bench_payouts_{name}"))
    migrate(url)
    environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(ROOT), "BENCH_PAYMENTS": str(count)}
    site = Contestant([sys.executable, "-m", "tests.bench.payouts_site"], environment=environment)
    stack.callback(site.stop)
    return site
