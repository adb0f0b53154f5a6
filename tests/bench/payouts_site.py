"""Contestant: the payout desk over so many payments, through the whole site. Words: a queue, `find` and `stock`."""

import os
import random
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

import django

from tests.bench.rounds import serve

PAYMENTS = int(os.environ["BENCH_PAYMENTS"])
LISTS = {"find": "/payments/paymentrequest/", "stock": "/stock/payments/paymentrequest/"}


def main() -> None:
    from django.conf import settings
    from django.test import Client

    from backoffice.staff.roles import Role
    from tests.bench.payouts_rows import copy_payments
    from tests.payments.people import approve, waiting_payment
    from tests.people import actor, person, sign_in

    settings.ROOT_URLCONF = "tests.bench.payouts_stock"
    approver = person(Role.PAYMENTS_APPROVER)
    approve(waiting_payment(amount="20000.00"), actor(approver))
    copy_payments(PAYMENTS)
    client, chance = Client(), random.Random(1)
    sign_in(client, approver)

    def page(word: str) -> str:
        if word not in LISTS:
            return f"/payouts/queue/?queue={word}"
        return f"{LISTS[word]}?q=po-{chance.randrange(1, PAYMENTS):08}"

    def run(count: int, word: str) -> float:
        pages = [page(word) for _each in range(count)]
        begun = time.perf_counter()
        for each in pages:
            answer = client.get(each)
            assert answer.status_code == 200
        took = time.perf_counter() - begun
        found = answer.content.decode()
        assert found.count("po-") >= (1 if word in LISTS else 50), found
        return took

    serve(run)


if __name__ == "__main__":
    django.setup()
    main()
