import pytest


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    """The same way of keeping passwords with fewer rounds: these tests sign in hundreds of times."""
    settings.PASSWORD_HASHERS = ["tests.people.FewRounds"]
