"""Where a real browser is, if this machine has one."""

import os
import shutil

# The first has the same engine and draws no window around it, which costs more than the pages of most tests.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """The path of a Chromium to drive: the one that CHROMIUM names, else the first on the search path."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for path in map(shutil.which, NAMES) if path), None)
