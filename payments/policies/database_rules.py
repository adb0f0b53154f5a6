"""What a policy must be, again in the database: it holds whoever writes."""

import pgtrigger

from payments.policies.deciding import STAGE_ROLES

_ROLES = ", ".join(f"'{role}'" for role in STAGE_ROLES)

begins_as_proposed = pgtrigger.Trigger(
    name="begins_as_proposed",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="IF NEW.state <> 'PROPOSED' OR NEW.approved_by_id IS NOT NULL THEN "
    "RAISE EXCEPTION 'a policy begins as a proposal'; END IF; RETURN NEW;",
)

# In force comes only what another administrator agreed to, what refuses the rest, and what lets something pass.
refuses_what_is_left = pgtrigger.Trigger(
    name="refuses_what_is_left",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Q(new__state="ACTIVE") & ~pgtrigger.Q(old__state="ACTIVE"),
    declare=[("final", "policies_rulerow%ROWTYPE")],
    func=f"""
        SELECT * INTO final FROM policies_rulerow WHERE version_id = NEW.id ORDER BY number DESC LIMIT 1;
        IF NOT FOUND OR final.stages <> '[]'::jsonb OR final.above IS NOT NULL OR final.up_to IS NOT NULL
            OR final.customer_id IS NOT NULL
            OR cardinality(final.kinds || final.currencies || final.beneficiaries || final.sources || final.risks) > 0
        THEN
            RAISE EXCEPTION 'the last rule of policy % does not refuse what is left', NEW.number;
        END IF;
        IF NOT EXISTS (SELECT FROM policies_rulerow WHERE version_id = NEW.id AND stages <> '[]'::jsonb) THEN
            RAISE EXCEPTION 'policy % lets nothing pass', NEW.number;
        END IF;
        IF EXISTS (
            SELECT FROM policies_rulerow, jsonb_array_elements(stages) AS stage
                WHERE version_id = NEW.id AND ((stage->>'approvers')::integer < 1
                    OR jsonb_array_length(stage->'roles') = 0
                    OR NOT stage->'roles' <@ to_jsonb(ARRAY[{_ROLES}]))
        ) THEN
            RAISE EXCEPTION 'policy % has a stage that nobody stands for', NEW.number;
        END IF;
        IF NOT EXISTS (
            SELECT FROM staff_rolegrant JOIN staff_user ON staff_user.id = user_id AND is_active
                WHERE user_id = NEW.approved_by_id AND role = 'ADMINISTRATOR'
                    AND confirmed_at IS NOT NULL AND revoked_at IS NULL
        ) THEN
            RAISE EXCEPTION 'policy % was not approved by an administrator', NEW.number;
        END IF;
        RETURN NEW;
    """,  # noqa: S608  (the roles are our own constants)
)

frozen_once_proposed = pgtrigger.Trigger(
    name="frozen_once_proposed",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    func="""
        IF to_jsonb(NEW) - ARRAY['state', 'state_since', 'approved_by_id', 'approved_at']
            <> to_jsonb(OLD) - ARRAY['state', 'state_since', 'approved_by_id', 'approved_at']
            OR (OLD.state <> 'PROPOSED'
                AND (NEW.approved_by_id, NEW.approved_at) IS DISTINCT FROM (OLD.approved_by_id, OLD.approved_at))
        THEN
            RAISE EXCEPTION 'policy % is kept as it was proposed', OLD.number;
        END IF;
        RETURN NEW;
    """,
)

written_with_its_proposal = pgtrigger.Trigger(
    name="written_with_its_proposal",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="""
        IF NOT EXISTS (
            SELECT FROM policies_policyversion WHERE id = NEW.version_id AND state = 'PROPOSED' FOR UPDATE
        ) THEN
            RAISE EXCEPTION 'rules are written with a proposal';
        END IF;
        RETURN NEW;
    """,
)

rules_are_kept = pgtrigger.Protect(name="rules_are_kept", operation=pgtrigger.Update | pgtrigger.Delete)
