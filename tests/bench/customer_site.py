"""Contestant: pages of a customer with few and of one with many transactions, through the whole site."""

import os
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

import django

from tests.bench.rounds import serve

TRANSACTIONS = {"few": 10, "many": 10_000}


def main() -> None:
    from django.db import connection
    from django.test import Client

    from backoffice.staff.roles import Role
    from tests.customers.conftest import known_customer
    from tests.desk.customers import add_transactions
    from tests.people import person, sign_in

    client, pages = Client(), {}
    sign_in(client, person(Role.MLRO))
    for name, count in TRANSACTIONS.items():
        customer = known_customer(f"bench-{name}")
        add_transactions(customer, count)
        pages[f"{name}/page"] = f"/customers/customer/{customer.pk}/change/"
        pages[f"{name}/money"] = f"/customers/customer/{customer.pk}/tabs/money/"
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    def run(count: int, word: str) -> float:
        begun = time.perf_counter()
        for _each in range(count):
            answer = client.get(pages[word])
            assert answer.status_code == 200
        return time.perf_counter() - begun

    serve(run)


if __name__ == "__main__":
    django.setup()
    main()
