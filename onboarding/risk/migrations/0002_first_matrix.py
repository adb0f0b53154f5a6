"""A new house rates from its first case on."""

from django.db import migrations
from django.utils import timezone

from onboarding.risk.first_matrix import TABLE


def make_first_matrix(apps, schema_editor):
    matrix = apps.get_model("risk", "Matrix")
    if not matrix.objects.exists():
        matrix.objects.create(
            version=1,
            table=TABLE,
            note="To begin with: cautious, and to be replaced by the lead's own.",
            made_at=timezone.now(),
            made_by="the installation",
        )


class Migration(migrations.Migration):
    dependencies = [("risk", "0001_initial")]

    operations = [migrations.RunPython(make_first_matrix, migrations.RunPython.noop)]
