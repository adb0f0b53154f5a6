"""`make bench`: one JSON object per line. Absolute times are told, only ratios count.

Names of measurements (signing, webhook, delivery, likeness, movements, customer) may be given to run only those.
"""

import importlib
import sys

from tests import environment

MEASUREMENTS = ("signing", "webhook", "delivery", "likeness", "movements", "customer")


def main(wanted: list[str]) -> int:
    environment.settle()
    for name in MEASUREMENTS:
        if not wanted or name in wanted:
            importlib.import_module(f"tests.bench.{name}").run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
