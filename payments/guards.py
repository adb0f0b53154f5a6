"""What every verb of this app begins and ends with: locks, makers, and the one way to move a payment."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from backoffice import audit, once, prepared
from backoffice.audit import Actor
from backoffice.staff import rights
from backoffice.staff.models import ApiClient, User
from backoffice.staff.reasons import reason_given as reason_given
from backoffice.staff.roles import Right
from customers.models import Customer
from customers.states import Standing
from payments import announcing, errors, rows
from payments.models import PaymentRequest, Source
from payments.states import NOTHING_LEFT, PAYMENT, PaymentState


def locked(payment: PaymentRequest | int | str) -> PaymentRequest:
    """The payment's row and its customer's, locked in this order until the transaction ends."""
    if not isinstance(payment, PaymentRequest):
        return rows.lock_payment(int(payment), rows.lock_customer(int(payment)))
    customer = once.known(("customer", payment.customer_id), lambda: rows.lock_customer(payment.pk))
    return rows.lock_payment(payment.pk, customer)


def lock_all(numbers: Iterable[int]) -> None:
    """Lock these payments, after their customers and before who acts; each is read when its turn comes."""
    found = PaymentRequest.objects.select_for_update(no_key=True).filter(pk__in=set(numbers)).order_by("pk")
    list(found.values_list("pk"))


def move(
    payment: PaymentRequest,
    to: PaymentState,
    *,
    actor: Actor,
    now: datetime,
    verb: str,
    facts: dict[str, Any] | None = None,
    note: str = "",
    **changes: Any,
) -> None:
    """Move a payment along its table; what it waited for before is over. The partner's systems are told."""
    changes = {"waits_for": "", "noted_at": None, "noted_by": None} | changes
    changes["waits_for"] = changes["waits_for"][:300]
    previous = payment.state
    audit.move(
        payment,
        to,
        machine=PAYMENT,
        actor=actor,
        now=now,
        verb=verb,
        facts=facts,
        note=note,
        customer_key=payment.customer.vault_key,
        **changes,
    )
    announcing.state_changed(payment, previous, now=now)


def to_be_replaced(payment: PaymentRequest, customer: Customer) -> PaymentRequest:
    """The payment that a new one takes the place of, locked. Raises Unfit, NotClosed.

    Call with the customer locked.
    """
    if payment.customer_id != customer.pk:
        raise errors.Unfit("replaces", _("This is a payment of another customer."))
    old = locked(payment)
    if old.state not in NOTHING_LEFT or old.contradicted:
        sentence = _(
            "%(ref)s is not closed yet (%(state)s). Close it first; then ask for another in its place."
        )
        state = _("contradicted") if old.contradicted else old.get_state_display().lower()
        raise errors.NotClosed("replaces", sentence % {"ref": old.payment_ref, "state": state})
    ended = Q(state__in=NOTHING_LEFT, contradicted=False)
    again = old.replaced_by.exclude(ended).first()
    if again is not None:
        sentence = _("%(ref)s is tried again already, by %(again)s.")
        raise errors.NotClosed("replaces", sentence % {"ref": old.payment_ref, "again": again.payment_ref})
    return old


def take_note(payment: PaymentRequest, actor: Actor, *, now: datetime) -> None:
    """Somebody acted on what went wrong: it leaves the queue."""
    noted_by = int(actor.id) if actor.kind == "STAFF" else None
    set_columns(payment, noted_at=now, noted_by_id=noted_by)


def set_columns(record: Any, **columns: Any) -> None:
    """Set them here and in the record's row. Written out, because it goes with every step of every payment."""
    meta = record._meta
    fields = [meta.get_field(name) for name in columns]
    for name, value in columns.items():
        setattr(record, name, value)
    values = [field.get_db_prep_save(getattr(record, field.attname), connection) for field in fields]
    sets = ", ".join(f'"{field.column}" = %s' for field in fields)
    statement = f'UPDATE "{meta.db_table}" SET {sets} WHERE "{meta.pk.column}" = %s'  # noqa: S608 (our own columns)
    with prepared.cursor() as cursor:
        cursor.execute(statement, [*values, record.pk])
        if cursor.rowcount != 1:
            raise record.DoesNotExist(f"There is no {meta.verbose_name} {record.pk}.")


def allow(actor: Actor, right: Right, now: datetime) -> User | None:
    """The partner's system was let in by its scope; a person needs the right."""
    return rights.require(actor, right, now) if actor.kind == "STAFF" else None


def refuse_customer(customer: Customer) -> None:
    """Raise if no money may leave for this customer now."""
    sentence = customer.refusal_reason()
    if not sentence:
        return
    if customer.standing != Standing.ACTIVE:
        raise errors.CustomerRestricted(sentence)
    raise errors.CustomerNotApproved(sentence)


# --- Four eyes ----------------------------------------------------------------------------------------------------


def maker_columns(actor: Actor, requested_by: str) -> dict[str, Any]:
    """Everybody who counts as the maker: the person, or the token, its owner and its `requestedBy`."""
    question = ("maker", actor.kind, actor.id, requested_by)
    return once.asked(question, lambda: _maker_columns(actor, requested_by))


def _maker_columns(actor: Actor, requested_by: str) -> dict[str, Any]:
    users: set[int] = set()
    token = None
    if actor.kind == "STAFF":
        users.add(int(actor.id))
    elif actor.kind == "API":
        token = ApiClient.objects.filter(pk=actor.id).first()
        if token is not None and token.owner_id is not None:
            users.add(token.owner_id)
    users |= _named(requested_by)
    return {
        "maker_kind": actor.kind,
        "maker_id": actor.id,
        "maker_label": actor.label,
        "maker_token_id": token.pk if token else None,
        "requested_by": requested_by,
        "maker_user_ids": sorted(users),
        "source": Source.API if actor.kind == "API" else Source.STAFF,
    }


def added_by_columns(actor: Actor) -> dict[str, Any]:
    """Everybody who counts as having added a beneficiary: the person, or the token and its owner."""
    columns = maker_columns(actor, "")
    return {
        "added_by_user_ids": columns["maker_user_ids"],
        "added_by_token_id": columns["maker_token_id"],
    }


def is_maker(payment: PaymentRequest, user: User) -> bool:
    """Whether this person asked for the payment, owns the token that did, or is named as who asked."""
    if user.pk in payment.maker_user_ids or user.pk in _named(payment.requested_by):
        return True
    owned = ApiClient.objects.filter(pk=payment.maker_token_id, owner=user)
    return payment.maker_token_id is not None and owned.exists()


def _named(requested_by: str) -> set[int]:
    """Everybody of this address or name, however it is written: in whatever case, width, composition and spacing."""
    name = _plainly(requested_by)
    if not name:
        return set()
    people = User.objects.values_list("pk", "email", "display_name")
    return {pk for pk, *called in people if name in map(_plainly, called)}


def _plainly(name: str) -> str:
    """A name as it is compared. What is not seen, such as a zero-width space, makes no other name of it."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join("".join(char for char in folded if unicodedata.category(char) != "Cf").split())
