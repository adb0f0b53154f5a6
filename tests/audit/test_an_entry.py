import pytest
from django.utils import timezone

from backoffice import audit, vault
from backoffice.audit import Actor
from backoffice.vault.models import DataKey


@pytest.mark.django_db(transaction=True)
def test_is_refused_outside_a_transaction() -> None:
    key = vault.create_key(purpose="customer")
    with pytest.raises(audit.NoTransaction):
        audit.record(actor=Actor.system("test"), verb="x", subject=key, now=timezone.now())
    assert DataKey.objects.filter(pk=key.pk).exists()
