from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    """Similar names are found by their trigrams. A trusted extension: the owner of the database may create it."""

    # Whoever draws the tables anew need not think of it.
    # run_before = [("likeness", "0001_initial")]
    operations = [TrigramExtension()]
