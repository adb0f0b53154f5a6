#!/usr/bin/env python
"""Run an administrative command of the back office."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    from django.core.management import execute_from_command_line
    from django.db.utils import OperationalError

    from backoffice.environment import SettingMissing

    try:
        execute_from_command_line(sys.argv)
    except SettingMissing as reason:
        sys.exit(str(reason))
    except OperationalError:
        if os.environ.get("DATABASE_URL"):
            raise
        sys.exit("The database of `make run` does not answer. Start `make run` in another terminal first.")


if __name__ == "__main__":
    main()
