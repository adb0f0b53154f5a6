"""What the database itself asks before a case is READY or signed: nothing about it is left undecided.

The service says the same in sentences (onboarding.review). This holds for whoever writes past it, by whatever way.
"""

import pgtrigger

# What a person has still to decide, and the table that knows. `screening`, `likeness`, `people` and `second_look`
# are read by their tables: their models know the case, or the customer, and not the other way round.
_QUESTIONS = {
    "a second look is open": """
        SELECT 1 FROM second_look_secondlook look
        WHERE look.case_id = NEW.id AND look.state IN ('WAITING', 'DISAGREED')""",
    "a screening hit is undecided": """
        SELECT 1 FROM screening_hit hit JOIN screening_screening screening ON screening.id = hit.screening_id
        WHERE screening.customer_id = NEW.customer_id AND hit.decision = 'OPEN'""",
    "a likely duplicate is undecided": """
        SELECT 1 FROM likeness_pair pair
        WHERE NEW.customer_id IN (pair.low_id, pair.high_id) AND pair.state = 'OPEN'""",
    "a person of the company is not accepted": """
        SELECT 1 FROM people_person person
        WHERE person.case_id = NEW.id AND person.removed_at IS NULL
          AND (person.decision = 'REJECTED' OR person.decision = 'PENDING' AND person.is_awaited)""",
    "a document is undecided": """
        SELECT 1 FROM onboarding_casedocument document
        WHERE document.case_id = NEW.id AND document.removed_at IS NULL AND document.decision = 'PENDING'""",
}
_FUNCTION = (
    "".join(
        f"\nIF EXISTS ({query}) THEN RAISE EXCEPTION 'onboarding: {question} (case %)', NEW.id; END IF;"
        for question, query in _QUESTIONS.items()
    )
    + "\nRETURN NEW;"
)
_DECIDED = "NEW.state IN ('READY', 'SUBMITTING')"


def triggers() -> list[pgtrigger.Trigger]:
    """For the table of cases: on the way to READY, on the way to Oceafin, and for a row that begins there."""
    moved = pgtrigger.Condition(f"{_DECIDED} AND OLD.state IS DISTINCT FROM NEW.state")
    return [
        pgtrigger.Trigger(
            name=name, when=pgtrigger.Before, operation=operation, condition=condition, func=_FUNCTION
        )
        for name, operation, condition in (
            ("nothing_undecided", pgtrigger.Update, moved),
            ("born_undecided", pgtrigger.Insert, pgtrigger.Condition(_DECIDED)),
        )
    ]
