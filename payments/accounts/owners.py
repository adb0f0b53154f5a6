"""Whose a record at Oceafin is said to be. Where Oceafin's words do not agree, nobody's until a person decides."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from backoffice.oceafin.kinds import Resource
from customers.models import Customer
from payments.accounts import kept
from webhooks.models import Event


@dataclass(frozen=True)
class Owner:
    """`customer` where it is certain; else `doubt` says in a sentence why not. Both empty: nothing was said."""

    customer: Customer | None = None
    told_id: str = ""
    told_ref: str = ""
    doubt: str = ""


def in_list_of(customer: Customer, item: Resource) -> Owner:
    """Of an item that was read in this customer's list."""
    told_id, told_ref = kept.text(item, "customerId"), kept.text(item, "partnerCustomerRef", 255)
    ours = str(customer.oceafin_customer_id)
    if (told_id and told_id.lower() != ours) or (told_ref and told_ref != customer.partner_customer_ref):
        sentence = _("Oceafin lists it for %(ref)s, but names another customer in it.")
        return Owner(None, told_id, told_ref, sentence % {"ref": customer.partner_customer_ref})
    return Owner(customer, ours, customer.partner_customer_ref)


def named_by(event: Event, resource: Resource, *, otherwise: Customer | None = None) -> Owner:
    """Of what an event and the resource that was read for it name together; `otherwise` where they name nobody."""
    ids = {event.oceafin_customer_id.lower(), kept.text(resource, "customerId").lower()} - {""}
    refs = {event.partner_customer_ref, kept.text(resource, "partnerCustomerRef", 255)} - {""}
    if not ids and not refs and otherwise is not None:
        return Owner(otherwise)
    if not ids and not refs:
        return Owner(doubt=_("Oceafin does not say whose it is."))
    return _agreed(ids, refs)


def named_in(resource: Resource) -> Owner:
    """Of what a resource names that was read by itself. Where it names nobody, nothing was said."""
    ids = {kept.text(resource, "customerId").lower()} - {""}
    refs = {kept.text(resource, "partnerCustomerRef", 255)} - {""}
    return _agreed(ids, refs) if ids or refs else Owner()


def _agreed(ids: set[str], refs: set[str]) -> Owner:
    told_id, told_ref = min(ids, default="")[:64], min(refs, default="")
    found = {each.pk: each for each in (*map(_by_id, ids), *map(_by_ref, refs)) if each is not None}
    if not found:
        return Owner(None, told_id, told_ref, _("Oceafin names a customer that we do not know."))
    customer = next(iter(found.values()))
    agree = len(found) == 1 and all(_is(customer, each) for each in ids)
    if not agree or refs - {customer.partner_customer_ref}:
        sentence = _("What Oceafin names does not belong together: its customerId is of another customer.")
        return Owner(None, told_id, told_ref, sentence)
    return Owner(customer, told_id, told_ref)


def _is(customer: Customer, told_id: str) -> bool:
    known = customer.oceafin_customer_id
    return known is None or str(known) == told_id


def _by_id(text: str) -> Customer | None:
    try:
        return Customer.objects.filter(oceafin_customer_id=UUID(text)).first()
    except ValueError:
        return None


def _by_ref(ref: str) -> Customer | None:
    return Customer.objects.filter(partner_customer_ref=ref).first()
