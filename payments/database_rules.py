"""The rules that guard money, again in the database: they hold whoever writes, by ORM, by SQL, by mistake.

A rule on an update names the columns that it is about: PostgreSQL looks at it only where a statement writes one of
them, and a payment is written a dozen times on its way. That holds because no trigger of ours changes a row itself.
"""

import pgtrigger

from payments.columns import ASKED_FOR
from payments.states import NOTHING_LEFT

# As `pgtrigger.Protect` says it, which names no columns.
_REFUSED = "RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;"

begins_as_draft = pgtrigger.Trigger(
    name="begins_as_draft",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="IF NEW.state <> 'DRAFT' THEN RAISE EXCEPTION 'a payment begins as a draft'; END IF; RETURN NEW;",
)

# Who is paid was added for this very customer, and takes this currency, or this token on this network.
goes_to_its_customers_own_payee = pgtrigger.Trigger(
    name="goes_to_its_customers_own_payee",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="""
        IF NEW.beneficiary_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM payments_bankaccount WHERE id = NEW.beneficiary_id
                AND customer_id = NEW.customer_id AND currency = NEW.currency
        ) OR NEW.wallet_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM payments_walletaddress WHERE id = NEW.wallet_id
                AND customer_id = NEW.customer_id AND asset = NEW.currency AND network = NEW.network
        ) THEN
            RAISE EXCEPTION 'payment % does not go to a payee of its customer', NEW.payment_ref;
        END IF;
        RETURN NEW;
    """,
)

# What was sent back of one source, or is asked to be, never becomes more than came in. What ended without its money
# being gone counts no more; where Oceafin contradicts that, it counts.
refunds_stay_within_their_source = pgtrigger.Trigger(
    name="refunds_stay_within_their_source",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Q(new__kind="REFUND"),
    declare=[("asked", "numeric")],
    func=f"""
        PERFORM pg_advisory_xact_lock(hashtextextended(NEW.source_type || ':' || NEW.source_id, 0));
        SELECT coalesce(sum(amount), 0) INTO asked FROM payments_paymentrequest
            WHERE source_id = NEW.source_id AND source_type = NEW.source_type
                AND (contradicted OR state NOT IN ({", ".join(f"'{state.value}'" for state in NOTHING_LEFT)}));
        IF asked + NEW.amount > NEW.source_amount THEN
            RAISE EXCEPTION 'of % % % came in, and % is asked back already',
                NEW.source_type, NEW.source_id, NEW.source_amount, asked;
        END IF;
        RETURN NEW;
    """,  # noqa: S608  (the states are our own constants)
)

# Nobody knows what became of it: two people say with their evidence that it did not happen (see payments/desks).
closed_by_two = pgtrigger.Trigger(
    name="closed_by_two",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("state"),
    condition=pgtrigger.Q(old__state="UNCONFIRMED") & pgtrigger.Q(new__state="FAILED"),
    func="""
        IF NOT EXISTS (
            SELECT FROM payouts_desk_finding WHERE payment_id = NEW.id AND kind = 'DID_NOT_HAPPEN'
                AND confirmed_at IS NOT NULL AND confirmed_by_id <> proposed_by_id
        ) THEN
            RAISE EXCEPTION 'what became of payment % is not known, and two people have to say', NEW.payment_ref;
        END IF;
        RETURN NEW;
    """,
)

contradiction_cleared_by_two = pgtrigger.Trigger(
    name="contradiction_cleared_by_two",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("contradicted"),
    condition=pgtrigger.Q(old__contradicted=True) & pgtrigger.Q(new__contradicted=False),
    func="""
        IF NOT EXISTS (
            SELECT FROM payouts_desk_finding WHERE payment_id = NEW.id AND kind = 'NO_CONTRADICTION'
                AND contradiction = OLD.contradiction
                AND confirmed_at IS NOT NULL AND confirmed_by_id <> proposed_by_id
        ) THEN
            RAISE EXCEPTION 'two people have to clear the contradiction of payment %', NEW.payment_ref;
        END IF;
        RETURN NEW;
    """,
)

# In the place of another only once that one is closed with its money still here, and only one at a time.
replaces_what_is_closed = pgtrigger.Trigger(
    name="replaces_what_is_closed",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Q(new__replaces__isnull=False),
    declare=[("other", "payments_paymentrequest%ROWTYPE")],
    func=f"""
        SELECT * INTO other FROM payments_paymentrequest WHERE id = NEW.replaces_id FOR NO KEY UPDATE;
        IF other.contradicted OR other.state NOT IN ({", ".join(f"'{state.value}'" for state in NOTHING_LEFT)}) THEN
            RAISE EXCEPTION 'payment % is not closed, and nothing is sent in its place', other.payment_ref;
        END IF;
        IF EXISTS (
            SELECT FROM payments_paymentrequest WHERE replaces_id = NEW.replaces_id
                AND (contradicted OR state NOT IN ({", ".join(f"'{state.value}'" for state in NOTHING_LEFT)}))
        ) THEN
            RAISE EXCEPTION 'payment % is tried again already', other.payment_ref;
        END IF;
        RETURN NEW;
    """,  # noqa: S608  (the states are our own constants)
)

needs_its_approvals = pgtrigger.Trigger(
    name="needs_its_approvals",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("state"),
    condition=pgtrigger.Q(new__state="APPROVED") & ~pgtrigger.Q(old__state="APPROVED"),
    declare=[("live", "integer"), ("asked", "integer")],
    func="""
        SELECT count(DISTINCT approver_id) INTO live FROM payments_approval
            WHERE payment_id = NEW.id AND voided_at IS NULL AND terms_digest = NEW.terms_digest;
        IF NEW.terms_digest = '' OR live < NEW.approvals_needed THEN
            RAISE EXCEPTION 'payment % has % of % approvals', NEW.payment_ref, live, NEW.approvals_needed;
        END IF;
        SELECT coalesce(sum((stage->>'approvers')::integer), 0) INTO asked
            FROM jsonb_array_elements(NEW.policy->'stages') AS stage;
        IF asked = 0 OR asked <> NEW.approvals_needed THEN
            RAISE EXCEPTION 'no rule lets payment % go by % approvals', NEW.payment_ref, NEW.approvals_needed;
        END IF;
        IF EXISTS (
            SELECT FROM jsonb_array_elements(NEW.policy->'stages') WITH ORDINALITY AS asks(demand, place)
                WHERE (demand->>'approvers')::integer > (
                    SELECT count(DISTINCT approver_id) FROM payments_approval
                        WHERE payment_id = NEW.id AND voided_at IS NULL AND terms_digest = NEW.terms_digest
                            AND stage = place - 1 AND demand->'roles' ? role
                )
        ) THEN
            RAISE EXCEPTION 'a stage of payment % lacks approvals', NEW.payment_ref;
        END IF;
        IF coalesce((NEW.policy->>'confirmed_first')::boolean, false) AND (
            EXISTS (SELECT FROM payments_bankaccount WHERE id = NEW.beneficiary_id AND confirmed_at IS NULL)
            OR EXISTS (SELECT FROM payments_walletaddress WHERE id = NEW.wallet_id AND confirmed_at IS NULL)
        ) THEN
            RAISE EXCEPTION 'nobody confirmed to whom payment % goes', NEW.payment_ref;
        END IF;
        RETURN NEW;
    """,
)

# Fee and receipt become terms when the quote comes; with the first approval nothing of them can change. What the
# policy asks for changes only to what the policy in force asks.
_TERMS = (
    "highest_fee",
    "fee_currency",
    "least_received",
    "receive_currency",
    "most_paid",
    "terms_digest",
    "approvals_needed",
    "policy",
    "policy_version",
)
terms_stand_once_approved = pgtrigger.Trigger(
    name="terms_stand_once_approved",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf(*_TERMS),
    condition=pgtrigger.AnyChange(*_TERMS),
    func="""
        IF NEW.state NOT IN ('DRAFT', 'PENDING_APPROVAL') OR EXISTS (
            SELECT FROM payments_approval WHERE payment_id = NEW.id AND voided_at IS NULL
        ) AND NOT (
            (NEW.highest_fee, NEW.fee_currency, NEW.least_received, NEW.receive_currency, NEW.most_paid)
                IS NOT DISTINCT FROM
                (OLD.highest_fee, OLD.fee_currency, OLD.least_received, OLD.receive_currency, OLD.most_paid)
            AND NEW.terms_digest = OLD.terms_digest
            AND OLD.state = 'PENDING_APPROVAL' AND OLD.policy->'version' <> NEW.policy->'version'
            AND EXISTS (
                SELECT FROM policies_policyversion
                    WHERE state = 'ACTIVE' AND number = (NEW.policy->>'version')::integer
            )
        ) THEN
            RAISE EXCEPTION 'the terms of payment % were approved and stand', NEW.payment_ref;
        END IF;
        RETURN NEW;
    """,
)

four_eyes = pgtrigger.Trigger(
    name="four_eyes",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[
        ("payment", "payments_paymentrequest%ROWTYPE"),
        ("person", "staff_user%ROWTYPE"),
        ("open_stage", "integer"),
    ],
    func="""
        SELECT * INTO payment FROM payments_paymentrequest WHERE id = NEW.payment_id FOR NO KEY UPDATE;
        SELECT * INTO person FROM staff_user WHERE id = NEW.approver_id;
        IF payment.state <> 'PENDING_APPROVAL' OR NEW.voided_at IS NOT NULL THEN
            RAISE EXCEPTION 'payment % does not wait for approval', payment.payment_ref;
        END IF;
        IF payment.terms_digest = '' OR NEW.terms_digest <> payment.terms_digest THEN
            RAISE EXCEPTION 'these are not the terms of payment %', payment.payment_ref;
        END IF;
        IF NEW.approver_id = ANY(payment.maker_user_ids)
            OR lower(btrim(payment.requested_by)) IN (lower(person.email), lower(btrim(person.display_name)))
            OR EXISTS (
                SELECT FROM staff_apiclient WHERE id = payment.maker_token_id AND owner_id = NEW.approver_id
            )
        THEN
            RAISE EXCEPTION 'the maker of payment % does not approve it', payment.payment_ref;
        END IF;
        -- The first stage that lacks somebody is the one that this counts in.
        SELECT min(place) - 1 INTO open_stage
            FROM jsonb_array_elements(payment.policy->'stages') WITH ORDINALITY AS asks(demand, place)
            WHERE (demand->>'approvers')::integer > (
                SELECT count(*) FROM payments_approval
                    WHERE payment_id = NEW.payment_id AND voided_at IS NULL AND stage = place - 1
            );
        IF NOT person.is_active OR NOT EXISTS (
            SELECT FROM staff_rolegrant WHERE user_id = NEW.approver_id AND role = NEW.role
                AND confirmed_at IS NOT NULL AND revoked_at IS NULL
        ) OR EXISTS (
            SELECT FROM staff_rolegrant WHERE user_id = NEW.approver_id
                AND role IN ('PAYMENTS_MAKER', 'ADMINISTRATOR')
                AND confirmed_at IS NOT NULL AND revoked_at IS NULL
        ) OR NOT coalesce(payment.policy->'stages'->open_stage->'roles' ? NEW.role, false) THEN
            RAISE EXCEPTION 'this person may not approve payments';
        END IF;
        IF NEW.stage <> open_stage THEN
            RAISE EXCEPTION 'stage % of payment % is not open', NEW.stage, payment.payment_ref;
        END IF;
        RETURN NEW;
    """,
)

# An approval is written once. It can be voided once; nothing else of it changes, and it is never deleted.
only_voided = pgtrigger.Trigger(
    name="only_voided",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF TG_OP = 'UPDATE' AND OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL
            AND to_jsonb(NEW) - 'voided_at' - 'void_reason' = to_jsonb(OLD) - 'voided_at' - 'void_reason'
        THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'an approval is kept as it was given';
    """,
)

begins_unconfirmed = pgtrigger.Protect(
    name="begins_unconfirmed",
    operation=pgtrigger.Insert,
    condition=pgtrigger.Q(new__confirmed_at__isnull=False),
)


def replaces_its_customers_own(table: str) -> pgtrigger.Trigger:
    """A beneficiary takes the place of one of its own customer."""
    return pgtrigger.Trigger(
        name="replaces_its_customers_own",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Q(new__replaces__isnull=False),
        func=f"""
            IF NOT EXISTS (
                SELECT FROM {table} WHERE id = NEW.replaces_id AND customer_id = NEW.customer_id
            ) THEN
                RAISE EXCEPTION 'a beneficiary takes the place of one of its own customer';
            END IF;
            RETURN NEW;
        """,
    )


def confirmed_by_evidence(column: str) -> pgtrigger.Trigger:
    """Confirmed is what has evidence for it, and it stays so. `column` names the beneficiary in the evidence."""
    return pgtrigger.Trigger(
        name="confirmed_by_evidence",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("confirmed_at"),
        condition=pgtrigger.AnyChange("confirmed_at"),
        func=f"""
            IF OLD.confirmed_at IS NOT NULL OR NOT EXISTS (
                SELECT FROM payments_beneficiaryconfirmation
                    WHERE {column} = NEW.id AND confirmed_at = NEW.confirmed_at
                        AND (evidence <> 'PAYEE_NAME_CHECK' OR result = 'MATCH')
            ) THEN
                RAISE EXCEPTION 'no evidence confirms beneficiary %', NEW.id;
            END IF;
            RETURN NEW;
        """,
    )


# Whoever added a beneficiary, or owns the token that did, does not confirm it.
confirmed_by_another = pgtrigger.Trigger(
    name="confirmed_by_another",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("added_by", "bigint[]"), ("token", "bigint")],
    func="""
        SELECT added_by_user_ids, added_by_token_id INTO added_by, token
            FROM payments_bankaccount WHERE id = NEW.bank_account_id
            UNION ALL SELECT added_by_user_ids, added_by_token_id
            FROM payments_walletaddress WHERE id = NEW.wallet_id;
        IF NEW.confirmed_by_id = ANY(added_by) OR EXISTS (
            SELECT FROM staff_apiclient WHERE id = token AND owner_id = NEW.confirmed_by_id
        ) THEN
            RAISE EXCEPTION 'who added a beneficiary does not confirm it';
        END IF;
        IF NOT EXISTS (
            SELECT FROM staff_rolegrant JOIN staff_user ON staff_user.id = user_id AND is_active
                WHERE user_id = NEW.confirmed_by_id AND role IN ('PAYMENTS_APPROVER', 'OPERATIONS_LEAD')
                AND confirmed_at IS NOT NULL AND revoked_at IS NULL
        ) THEN
            RAISE EXCEPTION 'this person may not confirm beneficiaries';
        END IF;
        RETURN NEW;
    """,
)

# What was approved leaves while its approvals count, and not before its beneficiary was waited for: by the numbers of
# the policy that the payment was decided by.
leaves_in_its_time = pgtrigger.Trigger(
    name="leaves_in_its_time",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("state"),
    condition=pgtrigger.Q(old__state="APPROVED", new__state="SENDING"),
    declare=[("lives", "interval"), ("waits", "interval")],
    func="""
        lives := make_interval(secs => (NEW.policy->>'approval_lives')::integer);
        waits := make_interval(secs => (NEW.policy->>'beneficiary_wait')::integer);
        IF EXISTS (
            SELECT FROM payments_approval WHERE payment_id = NEW.id AND voided_at IS NULL
                AND approved_at + lives <= greatest(now(), NEW.state_since)
        ) THEN
            RAISE EXCEPTION 'payment % was approved too long ago', NEW.payment_ref;
        END IF;
        IF waits > interval '0' AND (
            EXISTS (SELECT FROM payments_bankaccount WHERE id = NEW.beneficiary_id AND created_at + waits > now())
            OR EXISTS (SELECT FROM payments_walletaddress WHERE id = NEW.wallet_id AND created_at + waits > now())
        ) THEN
            RAISE EXCEPTION 'the beneficiary of payment % was added too lately', NEW.payment_ref;
        END IF;
        RETURN NEW;
    """,
)

stays_while_held = pgtrigger.Trigger(
    name="stays_while_held",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("state", "held_at"),
    condition=pgtrigger.Q(old__state="APPROVED", new__state="SENDING", new__held_at__isnull=False),
    func=_REFUSED,
)

what_was_asked_for_stays = pgtrigger.Trigger(
    name="frozen",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf(*ASKED_FOR),
    condition=pgtrigger.AnyChange(*ASKED_FOR),
    func=_REFUSED,
)

never_deleted = pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)


def frozen(*columns: str) -> pgtrigger.Protect:
    """These columns stay as they were written first."""
    return pgtrigger.Protect(
        name="frozen", operation=pgtrigger.Update, condition=pgtrigger.AnyChange(*columns)
    )
