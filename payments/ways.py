"""The kinds of payment that are offered, one row each."""

from backoffice.oceafin.models import Submission
from payments import conversion, crypto_withdrawal, fiat_withdrawal, refund
from payments.models import Kind, PaymentRequest
from payments.way import Way

WAYS: dict[str, Way] = {
    Kind.FIAT_WITHDRAWAL: fiat_withdrawal.WAY,
    Kind.CRYPTO_WITHDRAWAL: crypto_withdrawal.WAY,
    Kind.CONVERSION: conversion.WAY,
    Kind.REFUND: refund.WAY,
}


def of(payment: PaymentRequest) -> Way:
    return WAYS[payment.kind]


def of_letter(submission: Submission) -> Way:
    """By the kind of the submission: "withdrawal.draft" is a fiat withdrawal's."""
    letters = submission.kind.partition(".")[0]
    return next(way for way in WAYS.values() if way.letters == letters)


def of_resource(resource_type: str) -> Way | None:
    """By Oceafin's word for what it carries out."""
    return next((way for way in WAYS.values() if way.resource_type == resource_type), None)
