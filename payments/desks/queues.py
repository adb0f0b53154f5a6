"""What the sidebar counts of the desks."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from backoffice.staff.models import User
from backoffice.staff.roles import Right
from payments import queues as payments
from payments.desks import doubts

_LOOKS_AFTER = {Right.LEAD_PAYMENTS, Right.APPROVE_PAYMENTS}
_PUTS_RIGHT = {Right.LEAD_PAYMENTS, Right.REQUEST_PAYMENTS}


def in_doubt_for_me(_user: User, rights: frozenset[Right]) -> list[QuerySet[Any]]:
    return [doubts.in_doubt()] if _LOOKS_AFTER & rights else []


def failures_for_me(_user: User, rights: frozenset[Right]) -> list[QuerySet[Any]]:
    return [payments.held_or_failed(timezone.now())] if _PUTS_RIGHT & rights else []
