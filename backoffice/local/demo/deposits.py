"""An address that coins come in to: the stand-in Oceafin sends some at once, and asks who sent them."""

from dataclasses import dataclass
from datetime import datetime

from backoffice.local.demo import staff
from customers.models import Customer
from payments.accounts.deposits import services


@dataclass(frozen=True)
class Wanted:
    """One address, asked for by the maker once its customer is approved. What comes in comes by itself."""

    customer: str
    asset: str
    network: str

    def go_on(self, now: datetime) -> bool:
        customer = Customer.objects.filter(partner_customer_ref=self.customer).first()
        if customer is None or customer.refusal_reason():
            return False
        services.ask_for_address(
            customer=customer,
            address_ref=f"addr-{self.asset.lower()}",
            asset=self.asset,
            network=self.network,
            actor=staff.actor("maker"),
            now=now,
        )
        return True


FIRST = (Wanted("cust-1001", "ETH", "ETHEREUM"),)
