"""Contestant: look-ups of customers taken at random, every second one a company."""

import os
import random
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

import django

from tests.bench.rounds import serve

CUSTOMERS = int(os.environ["BENCH_CUSTOMERS"])
chance = random.Random(1)


def run(count: int, _word: str) -> float:
    from customers.likeness import services

    chosen = [chance.randrange(1, CUSTOMERS // 10) * 10 + number % 2 for number in range(count)]
    begun = time.perf_counter()
    for customer_id in chosen:
        services.look_up(customer_id)
    return time.perf_counter() - begun


if __name__ == "__main__":
    django.setup()
    serve(run)
