"""Contestant: django-import-export over the same file into the same table, with the same rules. Word: `bulk`.

Without a word it has its defaults; with `bulk` all that its documentation offers for speed: rows written together, no
differences shown, customers and known rows held in memory.
"""

import os
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

import django

from tests.bench.rounds import serve


def main() -> None:
    from django.core.exceptions import ValidationError
    from django.db import connection
    from import_export import instance_loaders, resources, widgets
    from import_export.fields import Field
    from tablib import Dataset

    from backoffice import references
    from backoffice.staff.errors import Refusal
    from customers.models import Customer
    from payments import fiat_withdrawal, requesting
    from payments.batches.checking import digest_of
    from payments.batches.models import Batch, BatchRow, Verdict
    from payments.models import BankAccount
    from payments.way import amount_of
    from tests.bench.batches_rows import a_batch

    folder = Path(os.environ["BENCH_FOLDER"])

    class Rows(resources.ModelResource):
        payment_ref = Field("payment_ref", "paymentRef")
        kind = Field("kind", "kind")
        customer = Field(
            "customer", "partnerCustomerRef", widgets.ForeignKeyWidget(Customer, "partner_customer_ref")
        )
        goes_to = Field("goes_to", "bankAccountRef")
        amount = Field("amount", "amount", widgets.DecimalWidget())
        currency = Field("currency", "currency")

        class Meta:
            model = BatchRow
            fields = ("payment_ref", "kind", "customer", "goes_to", "amount", "currency")
            import_id_fields = ("payment_ref",)

        def before_import_row(self, row: Any, **_options: Any) -> None:
            try:
                references.check(row["paymentRef"])
                requesting.check_kind(row["kind"])
                amount_of(row)
                for name in ("purpose", "paymentReference"):
                    requesting.clean_words(name, row[name])
                    if row[name][:1] in "=+-@":
                        raise Refusal("Begins with what spreadsheets take for a formula.")
            except Refusal as refusal:
                raise ValidationError(str(refusal)) from refusal

        def before_save_instance(self, instance: Any, row: Any, **options: Any) -> None:
            account = BankAccount.objects.filter(
                customer=instance.customer, bank_account_ref=row["bankAccountRef"]
            ).first()
            try:
                fiat_withdrawal.fitting_account(account, instance.customer, instance.currency)
            except Refusal as refusal:
                raise ValidationError(str(refusal)) from refusal
            instance.batch_id, instance.verdict = options["batch"].pk, Verdict.GOOD
            instance.line = options["row_number"] + 1
            instance.digest = digest_of(dict(row))

    class InBulk(Rows):
        customer = Field(
            "customer", "partnerCustomerRef", widgets.CachedForeignKeyWidget(Customer, "partner_customer_ref")
        )

        class Meta(Rows.Meta):
            use_bulk = True
            skip_diff = True
            instance_loader_class = instance_loaders.CachedInstanceLoader

    def run(count: int, word: str) -> float:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE batches_batch, batches_batchrow, batches_selection, batches_selectedrow")
        batch: Batch = a_batch()
        begun = time.perf_counter()
        text = (folder / f"{count}.csv").read_text(encoding="utf-8")
        result = (InBulk() if word else Rows()).import_data(Dataset().load(text, format="csv"), batch=batch)
        took = time.perf_counter() - begun
        assert not result.has_errors(), result.row_errors()[:1]
        assert BatchRow.objects.count() == count - count // 100, BatchRow.objects.count()
        return took

    serve(run)


if __name__ == "__main__":
    django.setup()
    main()
