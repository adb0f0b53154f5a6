"""The page of a customer with 10,000 transactions beside that of one with ten."""

import os
import sys

from tests.bench.rounds import ROOT, Contestant, interleaved, median_ratio, report
from tests.bench.webhook import database, migrate

COUNT = 20


def run() -> None:
    with database("bench_customer") as url:
        migrate(url)
        environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
        site = Contestant([sys.executable, "-m", "tests.bench.customer_site"], environment=environment)
        try:
            for part, what in (("page", "head and overview"), ("money", "balances and transactions")):
                times = interleaved(
                    lambda part=part: site.run(COUNT, f"few/{part}"),
                    lambda part=part: site.run(COUNT, f"many/{part}"),
                )
                middle = sorted(times)[len(times) // 2]
                each = [f"{side / COUNT * 1e3:.1f} ms" for side in middle]
                report(
                    name=f"customer's page, {what}: 10,000 transactions vs 10",
                    ratio=median_ratio(times),
                    goal="<= 1.3",
                    detail=f"with ten {each[0]}, with many {each[1]} a page",
                )
        finally:
            site.stop()
