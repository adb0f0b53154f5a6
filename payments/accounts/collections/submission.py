"""How a wallet is asked for at Oceafin, and what each answer means for it (contract section 4, ASSUMED)."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit import Actor, record
from backoffice.oceafin import contract, kinds, outbox
from backoffice.oceafin.kinds import Contradiction, GateAnswer, Go, Outcome, Read, Resource, Sight, Wait
from backoffice.oceafin.models import Lane, Submission
from customers import statuses
from customers.statuses import StatusNews
from payments.accounts import plan
from payments.accounts.collections import hearing, telling
from payments.accounts.collections.models import CollectionWallet
from payments.accounts.models import FoundBy
from payments.accounts.pages import BrokeOff, pages

OPERATION = "createCollectionWallet"
LATER = timedelta(minutes=1)
PAGE = 100


def register() -> None:
    """Called once in ready()."""
    kinds.register(
        kinds.Kind(
            name=hearing.CREATE,
            label=gettext_lazy("Request for a collection wallet"),
            lane=Lane.PAPERS,
            operation=OPERATION,
            gate=_gate,
            settle=_settle,
            identify=_identify,
            look=_look,
        )
    )


def ask(wallet: CollectionWallet, *, now: datetime) -> Submission | None:
    """Write the letter, once the customer is known and approved at Oceafin. Call with the customer locked."""
    customer = wallet.customer
    if customer.refusal_reason() or wallet.wallet_id or wallet.refusal:
        return None
    wallet.asked += 1
    wallet.save(update_fields=["asked"])
    return outbox.enqueue(
        kind=hearing.CREATE,
        subject=wallet,
        key=letter_key(wallet),
        path_url=contract.path_for(OPERATION, customerId=customer.oceafin_customer_id),
        body=_body(wallet),
        vault_key=customer.vault_key,
        customer_ref=customer.partner_customer_ref,
        now=now,
    )


def letter_key(wallet: CollectionWallet) -> str:
    """One key for one asking; asked for anew after a denial, it is another action."""
    verb = "create" if wallet.asked <= 1 else f"create-{wallet.asked}"
    ref = wallet.customer.partner_customer_ref
    return f"{ref}:collection-wallet:{verb}:{wallet.collection_wallet_ref}"


def customer_status(news: StatusNews) -> None:
    """Wallets that waited for the customer's approval are asked for now."""
    if news.customer.refusal_reason():
        return
    waiting = news.customer.collection_wallets.filter(wallet_id__isnull=True, asked=0, refusal="")
    for wallet in waiting.exclude(request_digest=""):
        wallet.customer = news.customer
        ask(wallet, now=news.now)


def _body(wallet: CollectionWallet) -> dict[str, str]:
    body = {
        "collectionWalletRef": str(wallet.collection_wallet_ref),
        "asset": wallet.asset,
        "network": wallet.network,
    }
    return body | ({"label": wallet.label} if wallet.label else {})


def _gate(submission: Submission, now: datetime) -> GateAnswer:
    customer_id = CollectionWallet.objects.values_list("customer_id", flat=True).get(pk=submission.subject_id)
    sentence = statuses.locked(customer_id).refusal_reason()
    return Wait(sentence, now + LATER) if sentence else Go()


def _settle(submission: Submission, outcome: Outcome, now: datetime) -> None:
    wallet = hearing.locked_wallet(int(submission.subject_id))
    if isinstance(outcome, kinds.Accepted):
        hearing.hear_wallet(wallet, outcome.resource, found_by=FoundBy.REPLY, source=outcome.source, now=now)
        plan.want(wallet.customer, hearing.WALLETS, now=now)
    elif isinstance(outcome, kinds.Refused):
        said = "; ".join([outcome.detail, *(f"{field}: {words}" for field, words in outcome.errors)])
        wallet.refusal_code, wallet.refusal = outcome.code[:80], f"{outcome.code}: {said}"[:300]
        wallet.save(update_fields=["refusal", "refusal_code"])
        actor = Actor.system("collections")
        facts = {"code": outcome.code}
        record(actor=actor, verb="collection_wallet.refused", subject=wallet, now=now, facts=facts)
        telling.wallet_changed(wallet, wallet.status, now=now)


def _identify(submission: Submission, resource: Resource) -> str:
    """The answer carries the id, and where it repeats what we asked for, it repeats exactly that."""
    found = kinds.resource_with_id("walletId")(submission, resource)
    wallet = CollectionWallet.objects.get(pk=submission.subject_id)
    ours = {
        "collectionWalletRef": wallet.collection_wallet_ref,
        "asset": wallet.asset,
        "network": wallet.network,
    }
    for name, value in ours.items():
        if resource.get(name) not in (None, "", value):
            sentence = _("Oceafin made a wallet with another %(field)s than we asked for. Ask Oceafin.")
            raise Contradiction(sentence % {"field": name})
    if CollectionWallet.objects.filter(wallet_id=found).exclude(pk=wallet.pk).exists():
        raise Contradiction(_("Oceafin gives this wallet the id of another one. Ask Oceafin which is right."))
    return found


def _look(submission: Submission, read: Read) -> Sight:
    """By our reference, in the customer's list."""
    wallet = CollectionWallet.objects.select_related("customer").get(pk=submission.subject_id)
    customer_id = wallet.customer.oceafin_customer_id
    path = contract.path_for("listCollectionWallets", customerId=customer_id, limit=PAGE)
    try:
        for items in pages(read, path):
            for item in items:
                if item.get("collectionWalletRef") == wallet.collection_wallet_ref and item.get("walletId"):
                    return kinds.Found(item)
    except BrokeOff as broken:
        return kinds.Unreadable(str(broken))
    return kinds.NotFound()
