"""What a customer has at Oceafin, as it was read last."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Customer


class Balance(models.Model):
    """The last reading of one balance. A copy for people to see; nothing is decided by it."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="balances")
    currency = models.CharField(_("currency"), max_length=16)
    network = models.CharField(_("network"), max_length=40, blank=True)
    # Exact text, as many digits as it came with; empty where Oceafin said nothing readable.
    available = models.CharField(_("available"), max_length=64, blank=True)
    pending = models.CharField(_("pending"), max_length=64, blank=True)
    updated_at = models.DateTimeField(_("as of"), null=True)
    read_at = models.DateTimeField(_("read"))

    class Meta:
        verbose_name = _("balance")
        verbose_name_plural = _("balances")
        constraints = [
            models.UniqueConstraint(fields=["customer", "currency", "network"], name="balance_once")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.currency}"
