"""What an application waits for, for staff and for its customer; and what the partner's systems are told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.audit import timeline_of
from backoffice.oceafin.models import Submission
from backoffice.oceafin.states import SubmissionState
from customers.states import Standing
from payments.accounts.fiat.models import DepositInstruction, FiatAccount, FiatAccountApplication, InfoRound
from payments.accounts.fiat.states import APPLICATION, ApplicationState
from webhooks import outgoing

STATE_CHANGED = "fiat_account.application.state_changed"
INFORMATION_REQUESTED = "fiat_account.application.information_requested"
STATUS_CHANGED = "fiat_account.status_changed"
INSTRUCTIONS_AVAILABLE = "fiat_account.instructions.available"

IN_REVIEW = "in review"
OPEN = (SubmissionState.QUEUED, SubmissionState.UNCONFIRMED, SubmissionState.HELD)


@dataclass(frozen=True)
class Waits:
    """What it waits for, since when, who can move it, what happens by itself."""

    what: str
    since: datetime | None = None
    who: str = ""
    by_itself: str = ""


# --- for staff ------------------------------------------------------------------------------------------------------


def waits_for(application: FiatAccountApplication) -> Waits:
    """One sentence of what moves it next, with who can."""
    since = application.state_since
    if application.contradiction:
        who = _("An operations lead asks Oceafin what is true.")
        return Waits(application.contradiction, since, who=who)
    letter = open_letter(application)
    if letter is not None and letter.state == SubmissionState.HELD:
        who = _("Somebody who may release what is held looks at Oceafin first.")
        return Waits(_("Held: %(why)s") % {"why": letter.waits_for}, letter.state_since, who=who)
    if letter is not None and letter.waits_for:
        return Waits(letter.waits_for, letter.state_since, by_itself=_("It is tried again by itself."))
    return _waits_in_state(application)


def _waits_in_state(application: FiatAccountApplication) -> Waits:
    since, state = application.state_since, ApplicationState(application.state)
    sentence = str(APPLICATION.sentences[state])
    if state == ApplicationState.REQUESTED and (blocked := application.customer.refusal_reason()):
        return Waits(blocked, since, by_itself=_("It leaves when that is over."))
    if state == ApplicationState.NEEDS_INFO:
        who = _("Anybody who may request payments answers here.")
        return Waits(sentence, since, who=who)
    if state == ApplicationState.ANSWERING and (missing := documents_missing(application.round)):
        what = ngettext(
            "Oceafin does not have %(count)d document of the answer yet. It is sent first, the answer waits for it.",
            "Oceafin does not have %(count)d documents of the answer yet. They are sent first, the answer waits.",
            missing,
        )
        return Waits(what % {"count": missing}, since, by_itself=_("That goes by itself."))
    return Waits(sentence, since)


def documents_missing(one: InfoRound | None) -> int:
    """How many documents of an answer Oceafin does not have yet."""
    return one.documents.filter(oceafin_file_asset_id__isnull=True).count() if one else 0


def letters_of(application: FiatAccountApplication) -> Any:
    """Every letter that was written for this application, oldest first."""
    return Submission.objects.filter(
        subject_type=application._meta.label, subject_id=str(application.pk)
    ).order_by("id")


def open_letter(application: FiatAccountApplication) -> Submission | None:
    """The letter that is on its way now, if one is."""
    found: Submission | None = letters_of(application).filter(state__in=OPEN).last()
    return found


# --- for the customer -----------------------------------------------------------------------------------------------


def waiting_for_customer_words(application: FiatAccountApplication) -> str | None:
    """The same for the partner's system: no names, no reasons of ours; any hold reads `in review`."""
    if application.is_final:
        return None
    letter = open_letter(application)
    held = letter is not None and letter.state == SubmissionState.HELD
    if application.contradiction or held or application.customer.standing != Standing.ACTIVE:
        return IN_REVIEW
    return {
        ApplicationState.REQUESTED: _("It goes to Oceafin once the customer is approved there."),
        ApplicationState.SENDING: _("It is on its way to Oceafin."),
        ApplicationState.SUBMITTED: _("Oceafin decides."),
        ApplicationState.NEEDS_INFO: _("Oceafin asks for more."),
        ApplicationState.ANSWERING: _("The answer is on its way to Oceafin."),
        ApplicationState.APPROVED: _("Oceafin opens the account."),
    }[ApplicationState(application.state)]


def safe_timeline(application: FiatAccountApplication) -> list[tuple[datetime, str]]:
    """The states in their order. No names, notes or reasons."""
    lines: list[tuple[datetime, str]] = [(application.created_at, ApplicationState.REQUESTED.value)]
    for entry in timeline_of(application):
        to = entry.facts.get("to")
        if to in set(ApplicationState) and to != lines[-1][1]:
            lines.append((entry.at, str(to)))
    return lines


# --- webhooks -------------------------------------------------------------------------------------------------------


def state_changed(application: Any, old: str, to: str, now: datetime) -> None:
    """Tell of a move of an application, in its transaction."""
    outgoing.announce(
        STATE_CHANGED,
        application.customer.vault_key,
        {**_named(application), "currency": application.currency, "state": to, "previousState": old or None},
        now,
    )


def information_requested(one: InfoRound, now: datetime) -> None:
    """Tell what Oceafin wants to know, in its own words."""
    application = one.application
    body = {**_named(application), "round": one.number, "missing": one.items}
    outgoing.announce(INFORMATION_REQUESTED, application.customer.vault_key, body, now)


def account_status(account: FiatAccount, old: str, now: datetime) -> None:
    body = {
        **_of(account),
        "status": account.status,
        "previousStatus": old or None,
    }
    outgoing.announce(STATUS_CHANGED, account.customer.vault_key, body, now)


def instructions_available(instruction: DepositInstruction, now: datetime) -> None:
    """Tell that there is a place to pay in. The numbers are read by the API, never carried around."""
    outgoing.announce(INSTRUCTIONS_AVAILABLE, instruction.customer.vault_key, _of(instruction), now)


def _named(application: FiatAccountApplication) -> dict[str, Any]:
    return {
        "applicationRef": application.application_ref,
        "partnerCustomerRef": application.customer.partner_customer_ref,
    }


def _of(record: FiatAccount | DepositInstruction) -> dict[str, Any]:
    return {
        "fiatAccountId": record.fiat_account_id or None,
        "partnerCustomerRef": record.customer.partner_customer_ref,
        "currency": record.currency,
    }
