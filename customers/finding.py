"""Finding a customer: by the beginning of the reference, or by the name however it is written."""

from django.db.models import Q, QuerySet

from customers.likeness import services as likeness
from customers.models import Customer

# Of a name that more customers have, these many are enough: one more letter, or another word, tells them apart.
NAMED_AT_MOST = 200


def find(rows: QuerySet[Customer], words: str, *, by_name: bool) -> QuerySet[Customer]:
    """Those of `rows` that `words` find; `by_name` is for who may see names, since finding tells as much.

    Names are found by how they begin, and by words of at least three letters without accents, in any script and order.
    """
    words = words.strip()
    wanted = Q(partner_customer_ref__istartswith=words)
    if by_name:
        # Asked first and apart, so that each part of the condition has an index of its own table.
        named = likeness.named_like(words).values_list("pk", flat=True)[:NAMED_AT_MOST]
        wanted |= Q(display_name__istartswith=words) | Q(pk__in=list(named))
    return rows.filter(wanted)
