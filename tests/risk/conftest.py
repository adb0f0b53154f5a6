from tests.onboarding.conftest import lena, rita

__all__ = ["lena", "rita"]
