"""The letters of an application, each written when its last input exists, in the transaction that brings it."""

from datetime import datetime
from typing import Any

from django.db import transaction

from backoffice.audit import Actor
from backoffice.oceafin import contract, outbox
from backoffice.oceafin.models import Submission
from customers import services as customers
from customers.models import Customer
from payments.accounts.fiat import hearing
from payments.accounts.fiat.models import FiatAccountApplication, InfoRound
from payments.accounts.fiat.states import ApplicationState

APPLY, INFO = "fiat_account.apply", "fiat_account.info"
APPLY_OPERATION, INFO_OPERATION = "applyForFiatAccount", "addFiatAccountInfo"
A_ROUND = 200
WORKER = Actor.system("fiat accounts")


def application_body(application: FiatAccountApplication) -> dict[str, Any]:
    """The body as the contract file has it; what was not given is absent."""
    body = {
        "applicationRef": application.application_ref,
        "capabilityId": application.capability_id,
        "currency": application.currency,
        "purpose": application.purpose,
    }
    return {name: value for name, value in body.items() if value}


def answer_body(one: InfoRound) -> dict[str, Any]:
    body: dict[str, Any] = {"answers": one.answers}
    documents = one.documents.order_by("id")
    if documents:
        body["supportingDocuments"] = [
            {"documentType": each.document_type, "fileAssetId": str(each.oceafin_file_asset_id)}
            for each in documents
        ]
    return body


def apply_key(application: FiatAccountApplication) -> str:
    """Stable per action, in the style of the contract's examples."""
    ref = application.application_ref
    return f"{application.customer.partner_customer_ref}:fiat-account-application:create:{ref}"


def answer_key(one: InfoRound) -> str:
    application = one.application
    step = f"additional-info:{application.application_ref}:{one.number}"
    return f"{application.customer.partner_customer_ref}:fiat-account-application:{step}"


def write_application(application: FiatAccountApplication, *, now: datetime) -> Submission | None:
    """Write the application once its customer is approved at Oceafin. Call with it locked; again does no harm."""
    customer = application.customer
    if application.state != ApplicationState.REQUESTED or application.written_at or customer.refusal_reason():
        return None
    hearing.set_columns(application, written_at=now)
    path = contract.path_for(APPLY_OPERATION, customerId=customer.oceafin_customer_id)
    return _write(application, APPLY, apply_key(application), path, application_body(application), now)


def write_answer(application: FiatAccountApplication, *, now: datetime) -> Submission | None:
    """Write the answer once Oceafin has each of its documents. Call with the application locked.

    What it does not have is sent first; that letter's settling calls here again.
    """
    one = application.round
    if application.state != ApplicationState.ANSWERING or one is None or one.written_at:
        return None
    one.application = application
    documents = list(one.documents.order_by("id"))
    for document in documents:
        customers.send_document(document, actor=WORKER, now=now)
    if application.application_id is None or any(each.oceafin_file_asset_id is None for each in documents):
        return None
    hearing.set_columns(one, written_at=now)
    path = contract.path_for(INFO_OPERATION, applicationId=application.application_id)
    return _write(application, INFO, answer_key(one), path, answer_body(one), now)


def write_waiting(now: datetime) -> int:
    """Write what waited for something that is there now, whoever forgot to say so. A duty of the sweep."""
    requested = FiatAccountApplication.objects.filter(
        state=ApplicationState.REQUESTED, written_at__isnull=True, customer__oceafin_status="APPROVED"
    )
    answering = FiatAccountApplication.objects.filter(
        state=ApplicationState.ANSWERING,
        rounds__written_at__isnull=True,
        rounds__answered_at__isnull=False,
    )
    found = {
        *requested.values_list("pk", flat=True)[:A_ROUND],
        *answering.values_list("pk", flat=True)[:A_ROUND],
    }
    return sum(_write_one(pk, now) for pk in sorted(found))


def write_for(customer: Customer, now: datetime) -> None:
    """The customer is approved now: what waited for that leaves. Call with the customer locked."""
    waiting = customer.fiat_applications.filter(state=ApplicationState.REQUESTED, written_at__isnull=True)
    for pk in list(waiting.values_list("pk", flat=True)):
        _write_one(pk, now)


def round_of(submission: Submission, application: FiatAccountApplication) -> InfoRound:
    """The round that an answer's letter carries: its key ends in the number."""
    one = application.rounds.get(number=int(submission.key.rsplit(":", 1)[1]))
    one.application = application
    return one


@transaction.atomic
def _write_one(pk: int, now: datetime) -> bool:
    application = hearing.locked(pk)
    written = write_application(application, now=now) or write_answer(application, now=now)
    return written is not None


def _write(
    application: FiatAccountApplication,
    kind: str,
    key: str,
    path_url: str,
    body: dict[str, Any],
    now: datetime,
) -> Submission:
    customer = application.customer
    return outbox.enqueue(
        kind=kind,
        subject=application,
        key=key,
        path_url=path_url,
        body=body,
        vault_key=customer.vault_key,
        customer_ref=customer.partner_customer_ref,
        now=now,
    )
