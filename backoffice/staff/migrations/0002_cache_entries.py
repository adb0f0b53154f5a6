"""The table of the cache: throttles and used one-time codes are counted in PostgreSQL, never in the broker."""

from django.db import migrations

CREATE = """
CREATE TABLE cache_entries (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE INDEX cache_entries_expires ON cache_entries (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, "DROP TABLE cache_entries")]
