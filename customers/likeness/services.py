"""Likely duplicates: what is learnt of a customer, who looks alike, and what a person decides about it.

Learning is part of the transaction that takes the data in, and cheap. Comparing comes after its commit, by the
sweep (or right before a case is accepted): of two customers who came in at once, the later one to be compared
sees the other. Each pair is asked about once.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection, transaction
from django.db.models import F, Func, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from backoffice import audit, vault
from backoffice.audit import Actor
from backoffice.staff import rights
from backoffice.staff.errors import ReasonNeeded as ReasonNeeded
from backoffice.staff.errors import Refusal
from backoffice.staff.reasons import reason_given
from backoffice.staff.roles import Right
from customers.likeness import plain
from customers.likeness.models import REASON_CONTEXT, Kind, Name, Pair, Trait
from customers.likeness.states import PAIR, PairState
from customers.models import Customer, CustomerType

# Names of companies that are that similar are shown; people's need the same date of birth, and then less.
SIMILAR_COMPANY = 0.7
SIMILAR_PERSON = 0.45
# Of one customer's likenesses so many are shown, the weightiest first: who shares an address with hundreds is told
# by the first of them.
PAIRS_AT_MOST = 20
_SHARED_AT_MOST = 200
_A_ROUND = 50
_ORDER = {kind.value: number for number, kind in enumerate(Kind)}
_CONTEXT = "likeness."


class DecidedAlready(Refusal):
    """The pair was decided in this way already."""


def learn_name(customer: Customer, *, now: datetime) -> None:
    """Keep the display name in plain letters, and have the customer compared."""
    is_company = customer.customer_type == CustomerType.CORPORATE
    form = plain.company_name if is_company else plain.person_name
    name = Name(customer=customer, plain=form(customer.display_name), is_company=is_company, due_at=now)
    Name.objects.bulk_create(
        [name],
        update_conflicts=True,
        unique_fields=["customer"],
        update_fields=["plain", "is_company", "due_at"],
    )


def learn(customer: Customer, traits: Mapping[Kind, Iterable[str]], *, now: datetime) -> None:
    """Keep what became known of a customer, in its plain form (customers.likeness.plain); blanks are passed over.

    What was known before stays: a number that was once handed in is telling even after it was changed.
    """
    rows = [
        Trait(customer=customer, kind=kind, value=vault.fingerprint(value, context=_CONTEXT + kind))
        for kind, values in traits.items()
        for value in values
        if value
    ]
    if rows:
        Trait.objects.bulk_create(rows, ignore_conflicts=True)
        Name.objects.filter(customer=customer).update(due_at=now)


def compare_due(now: datetime) -> int:
    """Compare the customers of whom something new is known. A duty of the sweep; returns how many."""
    due = Name.objects.filter(due_at__lte=now).order_by("due_at").values_list("pk", flat=True)
    return sum(_compare(pk, now=now) for pk in list(due[:_A_ROUND]))


def compare(customer: Customer, *, now: datetime) -> None:
    """Compare one customer now, if anything new is known of them."""
    if Name.objects.filter(pk=customer.pk, due_at__isnull=False).exists():
        _compare(customer.pk, now=now)


def look_up(customer_id: int) -> dict[int, list[str]]:
    """Who looks like this customer: ids of customers with why, the weightiest first."""
    found: dict[int, set[str]] = {}
    shared = _sharing(customer_id)
    for other, kind in shared:
        found.setdefault(other, set()).add(kind)
    for other in _similarly_named(customer_id, [pk for pk, kind in shared if kind == Kind.BIRTH_DATE]):
        found.setdefault(other, set()).add(Kind.NAME)
    told = {other: _told(kinds) for other, kinds in found.items()}
    alike = [(other, kinds) for other, kinds in told.items() if kinds]
    alike.sort(key=lambda each: (_weight(each[1][0]), -len(each[1]), each[0]))
    return dict(alike[:PAIRS_AT_MOST])


@transaction.atomic
def decide(*, pair: Pair, is_same: bool, reason: str, actor: Actor, now: datetime) -> Pair:
    """Say whether both are the same customer; it is remembered, and not asked again.

    Nothing else follows by itself: what becomes of the case is decided there. Raises ReasonNeeded, DecidedAlready,
    NotAllowed.
    """
    user = rights.require(actor, Right.REVIEW_CASES, now)
    pair = Pair.objects.select_for_update(of=("self",)).select_related("low", "high").get(pk=pair.pk)
    how = _("Write how you know, so that somebody else understands it later.")
    words = reason_given(reason, otherwise=how)
    to = PairState.SAME if is_same else PairState.NOT_SAME
    try:
        sealed = vault.seal_text(pair.low.vault_key, words, context=REASON_CONTEXT)
    except vault.KeyDestroyed:
        # One of the two was erased; the other must not wait for this answer for ever.
        sealed = b""
    if pair.state == to:
        raise DecidedAlready(_("This was decided in the same way already."))
    audit.move(
        pair,
        to,
        machine=PAIR,
        actor=actor,
        now=now,
        verb="likeness.decided",
        facts={"customers": [pair.low.partner_customer_ref, pair.high.partner_customer_ref]},
        note=words,
        customer_key=pair.low.vault_key,
        decided_by=user,
        decided_at=now,
        reason_sealed=sealed,
    )
    for customer in (pair.low, pair.high):
        audit.record(
            actor=actor,
            verb="customer.same" if is_same else "customer.not_same",
            subject=customer,
            now=now,
            facts={"pair": pair.pk},
        )
    return pair


def forget(customer: Customer) -> None:
    """Part of erasing a customer: nothing is found by their data any more. What was decided stays."""
    Trait.objects.filter(customer=customer).delete()
    Name.objects.filter(customer=customer).delete()


def pairs_of(customer: Customer) -> QuerySet[Pair]:
    """Every pair that this customer is one of, the undecided first. One query."""
    rows = Pair.objects.filter(Q(low=customer) | Q(high=customer))
    return rows.select_related("low", "high", "decided_by").order_by("decided_at", "id")


def open_pairs_of(customer: Customer) -> QuerySet[Pair]:
    return Pair.objects.filter(Q(low=customer) | Q(high=customer), state=PairState.OPEN)


def count_of_open(customer: str) -> Subquery:
    """How many undecided pairs, for the query of a record whose field `customer` says of whom."""
    whose = Q(low=OuterRef(customer)) | Q(high=OuterRef(customer))
    rows = Pair.objects.filter(whose, state=PairState.OPEN).order_by()
    return Subquery(rows.annotate(count=Func(F("pk"), function="COUNT")).values("count"))


def open_pairs() -> QuerySet[Pair]:
    """What waits for a person, oldest first."""
    return Pair.objects.filter(state=PairState.OPEN).select_related("low", "high").order_by("id")


def named_like(text: str) -> QuerySet[Name]:
    """Customers whose name has these words, however they are written: without accents, in any script and order."""
    # Shorter ones are in no index of trigrams.
    words = [word for word in plain.words(text) if len(word) >= 3]
    rows = Name.objects.all() if words else Name.objects.none()
    for word in words:
        rows = rows.filter(plain__contains=word)
    # Said so that each of the two indexes can be used.
    return rows.filter(Q(is_company=True) | Q(is_company=False))


def _compare(customer_id: int, *, now: datetime) -> bool:
    with transaction.atomic():
        name = (
            Name.objects.select_for_update(skip_locked=True)
            .filter(pk=customer_id, due_at__isnull=False)
            .first()
        )
        if name is None:
            return False
        alike = look_up(customer_id)
        Pair.objects.bulk_create(
            [
                Pair(
                    low_id=min(customer_id, other),
                    high_id=max(customer_id, other),
                    reasons=reasons,
                    state_since=now,
                    found_at=now,
                )
                for other, reasons in alike.items()
            ],
            ignore_conflicts=True,
        )
        name.due_at = None
        name.save(update_fields=["due_at"])
        return True


def _sharing(customer_id: int) -> list[tuple[int, str]]:
    """Who has a trait in common, trait by trait. Of what very many share, some are enough."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT other.customer_id, mine.kind FROM likeness_trait mine
            CROSS JOIN LATERAL (
                SELECT customer_id FROM likeness_trait
                WHERE value = mine.value AND kind = mine.kind AND customer_id <> mine.customer_id
                LIMIT %s
            ) other
            WHERE mine.customer_id = %s
            """,
            [_SHARED_AT_MOST, customer_id],
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]


def _similarly_named(customer_id: int, born_alike: list[int]) -> list[int]:
    """Companies by their names alone; people among those who were born on the same day."""
    name = Name.objects.filter(pk=customer_id).first()
    if name is None or not name.plain:
        return []
    if not name.is_company:
        people = Name.objects.filter(pk__in=born_alike, is_company=False)
        close = people.annotate(likeness=TrigramSimilarity("plain", name.plain))
        return list(close.filter(likeness__gte=SIMILAR_PERSON).values_list("pk", flat=True))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.similarity_threshold', %s, true)", [str(SIMILAR_COMPANY)])
        others = Name.objects.filter(is_company=True, plain__trigram_similar=name.plain).exclude(
            pk=customer_id
        )
        return list(others.values_list("pk", flat=True)[:_SHARED_AT_MOST])


def _told(kinds: set[str]) -> list[str]:
    """What of it is told: a birthday says nothing alone, and the same name is also a similar one."""
    untold = {Kind.BIRTH_DATE.value}
    if kinds & {Kind.PERSON, Kind.COMPANY}:
        untold.add(Kind.NAME.value)
    return sorted(kinds - untold, key=_weight)


def _weight(kind: str) -> int:
    return _ORDER[kind]
