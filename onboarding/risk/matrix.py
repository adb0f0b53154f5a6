"""The matrix as data, and what it makes of a case's facts. Pure.

A table names for each factor which answers are LOW, MEDIUM or HIGH, what every other answer is, and what it means
when no answer was given. The highest level counts; several factors at MEDIUM together make HIGH.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from onboarding.risk.levels import ANSWERS, Factor, Level, highest

Table = dict[str, Any]
MANY_OWNERS = 4
KNOWN_SHARE = Decimal(75)


@dataclass(frozen=True)
class Reason:
    """Why one factor has its level: the answer as it was given, or as a word of `ANSWERS`."""

    factor: Factor
    answer: str
    level: Level
    # What of the table said so: the entry, `*` for every other answer, "" where no answer was given.
    rule: str


@dataclass(frozen=True)
class Outcome:
    level: Level
    reasons: list[Reason] = field(default_factory=list)
    # How many factors at MEDIUM made it HIGH; 0 if that did not decide.
    mediums: int = 0


def facts_of(details: dict[str, Any], *, submission_type: str, pep: str) -> dict[str, list[str]]:
    """The answers to each factor that can be read from a case's data; `pep` is a word of `ANSWERS`."""
    company, more = details.get("corporationDetails", {}), details.get("additionalCorporationDetails", {})
    person, about = details.get("personalDetails", {}), details.get("additionalPersonalDetails", {})
    is_company = submission_type == "KYB"
    people = [*more.get("directors", []), *more.get("beneficialOwners", [])] if is_company else [person]
    countries = [country for each in people for country in _countries(each)]
    if is_company:
        countries += [company.get("incorporationCountry"), _country_of(company, "registeredAddress")]
    extra = more if is_company else about
    facts = {
        Factor.COUNTRY: countries,
        Factor.INDUSTRY: [more.get("industry") if is_company else about.get("occupation")],
        Factor.PRODUCT: extra.get("purposesOfAccountOpening", []),
        Factor.PEP: [pep],
        Factor.CHANNEL: [details.get("consentEvidence", {}).get("channel")],
    }
    if is_company:
        facts[Factor.OWNERSHIP] = _ownership(company, more.get("beneficialOwners", []))
    return {
        factor.value: sorted({str(answer) for answer in answers if answer})
        for factor, answers in facts.items()
    }


def rate(table: Table, facts: dict[str, list[str]]) -> Outcome:
    """The level of these facts by this table, with a reason for each factor: its worst answer."""
    reasons = [_reason(table, Factor(factor), answers) for factor, answers in facts.items()]
    level = highest([reason.level for reason in reasons])
    mediums = sum(reason.level == Level.MEDIUM for reason in reasons)
    enough = table.get("mediumsForHigh", 0)
    if level == Level.MEDIUM and enough and mediums >= enough:
        return Outcome(Level.HIGH, reasons, mediums)
    return Outcome(level, reasons)


def plain(text: str) -> str:
    """A word as it is compared: without case, accents and doubled spaces."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(char for char in folded if not unicodedata.combining(char)).split())


def _reason(table: Table, factor: Factor, answers: list[str]) -> Reason:
    column = table["factors"][factor.value]
    if not answers:
        return Reason(factor, "", Level(column["missing"]), "")
    found = [Reason(factor, answer, *_judged(column, factor, answer)) for answer in answers]
    worst = highest([reason.level for reason in found])
    return next(reason for reason in found if reason.level == worst)


def _judged(column: Table, factor: Factor, answer: str) -> tuple[Level, str]:
    entries: dict[str, str] = column["entries"]
    if factor in ANSWERS or factor == Factor.COUNTRY:
        matched = [answer] if answer in entries else []
    else:
        given = plain(answer)
        matched = [entry for entry in entries if re.search(rf"\b{re.escape(plain(entry))}\b", given)]
    if not matched:
        return Level(column["otherwise"]), "*"
    worst = highest([Level(entries[entry]) for entry in matched])
    return worst, next(entry for entry in matched if entries[entry] == worst)


def _countries(person: dict[str, Any]) -> list[str | None]:
    home = _country_of(person, "residentialAddress")
    return [person.get("nationality"), person.get("taxResidency"), home]


def _country_of(holder: dict[str, Any], address: str) -> str | None:
    return (holder.get(address) or {}).get("country")


def _ownership(company: dict[str, Any], owners: list[dict[str, Any]]) -> list[str]:
    """What can be said of a company's owners; nothing where none is named."""
    if not owners:
        return []
    said = []
    if sum((_share(owner) for owner in owners), Decimal()) < KNOWN_SHARE:
        said.append("INCOMPLETE")
    if len(owners) > MANY_OWNERS:
        said.append("MANY")
    home = company.get("incorporationCountry")
    if any(owner.get("nationality") not in {None, home} for owner in owners):
        said.append("FOREIGN")
    return said or ["SIMPLE"]


def _share(owner: dict[str, Any]) -> Decimal:
    try:
        return Decimal(str(owner.get("ownershipPercent", 0)))
    except InvalidOperation:
        return Decimal()
