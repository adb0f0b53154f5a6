"""`make bench`: one JSON object per line. Absolute times are told, only ratios count.

Names of measurements may be given to run only those: see MEASUREMENTS.
"""

import importlib
import sys

from tests import environment

MEASUREMENTS = ("signing", "webhook", "delivery", "likeness", "movements", "customer", "payouts", "batches")


def main(wanted: list[str]) -> int:
    environment.settle()
    for name in MEASUREMENTS:
        if not wanted or name in wanted:
            importlib.import_module(f"tests.bench.{name}").run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
