"""Two versions at once: one lead makes the next version, the other is told so, and neither is overwritten."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from backoffice.staff.roles import Role
from onboarding import errors
from onboarding.risk import first_matrix, services
from tests.people import actor, person

pytestmark = pytest.mark.django_db(transaction=True)


def test_become_one_version_and_one_refusal():
    gate = Barrier(2, timeout=10)
    leads = [actor(person(Role.COMPLIANCE_LEAD)) for _each in range(2)]

    def make(lead):
        try:
            gate.wait()
            services.make_matrix(
                table=first_matrix.TABLE, based_on=1, note="Mine.", actor=lead, now=timezone.now()
            )
        except errors.ChangedSinceSeen as refusal:
            return str(refusal)
        finally:
            connection.close()
        return "made"

    with ThreadPoolExecutor(2) as pool:
        found = sorted(pool.map(make, leads))
    assert found[1] == "made"
    assert "meanwhile" in found[0]
    assert services.matrix_in_force().version == 2
