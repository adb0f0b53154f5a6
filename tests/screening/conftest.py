from tests.api.conftest import client_with
from tests.onboarding.conftest import lena, rita

__all__ = ["client_with", "lena", "rita"]
