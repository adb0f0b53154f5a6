from backoffice.settings import *  # noqa: F403
from backoffice.settings import INSTALLED_APPS as HOUSE

INSTALLED_APPS = [*HOUSE, "tests.bench.things"]
