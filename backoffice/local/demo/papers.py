"""What a customer of the demo hands in: the data of a case in the contract's names, and specimen documents."""

import hashlib
import io
from datetime import date, datetime, timedelta
from typing import Any

from backoffice.audit import Actor
from backoffice.local.demo import specimens
from backoffice.local.demo.cast import Customer
from customers import services as customers
from customers.models import Customer as CustomerRow
from customers.models import Document

CONSENT_TEXT = "I agree that my data is handed to Oceafin for the checks that the law asks for. (Demo text)"
OCCUPATIONS = ("Engineer", "Nurse", "Teacher", "Boat builder", "Translator", "Marine biologist", "Chef")
# Who came a second time under another reference has the same birthday.
BORN_WITH = {1029: 1011}
FUNDS = ("Salary", "Sale of a house", "Own business", "Savings", "Inheritance")


def details_of(customer: Customer, *, consented_at: datetime) -> dict[str, Any]:
    """Whole data of a case, in the contract's names."""
    consent = {
        "consentVersion": "2026-03",
        "consentTextSha256": hashlib.sha256(CONSENT_TEXT.encode()).hexdigest(),
        "consentedAt": consented_at.isoformat().replace("+00:00", "Z"),
        "channel": "web",
        "ipAddress": f"192.0.2.{customer.number % 250 + 1}",
        "locale": "en",
    }
    if customer.is_company:
        return {**_company(customer), "consentEvidence": consent}
    return {**_person(customer), "consentEvidence": consent}


def hand_in(customer: Customer, row: CustomerRow, *, actor: Actor, now: datetime) -> list[Document]:
    """Upload the customer's specimens, each once."""
    made = []
    for kind, name, content in specimens_of(customer, now.date()):
        document, _new = customers.upload_document(
            customer=row,
            document_type=kind,
            file=io.BytesIO(content),
            file_name=name,
            actor=actor,
            now=now,
        )
        made.append(document)
    return made


def number_of(customer: Customer) -> str:
    """Of the passport or identity card."""
    return f"XX{customer.number}000"


def good_until(today: date) -> date:
    """The last day of every identity document."""
    return today.replace(day=1, year=today.year + 6)


def _born(customer: Customer) -> date:
    number = BORN_WITH.get(customer.number, customer.number)
    return date(1962, 3, 9) + timedelta(days=number * 421 % 14_000)


def _address(customer: Customer) -> dict[str, str]:
    return {
        "line1": customer.street,
        "city": customer.city,
        "postcode": customer.postcode,
        "country": customer.country,
    }


def _person(customer: Customer) -> dict[str, Any]:
    number = customer.number
    return {
        "personalDetails": {
            "firstName": customer.first_name,
            "lastName": customer.last_name,
            "dateOfBirth": _born(customer).isoformat(),
            "nationality": customer.country,
            "taxResidency": customer.country,
            "email": f"{customer.latin.split()[0].lower()}@example.com",
            "phone": f"+000 5550 {number}",
            "residentialAddress": _address(customer),
        },
        "additionalPersonalDetails": {
            "occupation": OCCUPATIONS[number % len(OCCUPATIONS)],
            "purposesOfAccountOpening": ["Receiving payments", "Savings"],
            "sourceOfFunds": [FUNDS[number % len(FUNDS)]],
            "sourceOfWealth": [FUNDS[(number + 2) % len(FUNDS)]],
        },
    }


def _company(customer: Customer) -> dict[str, Any]:
    head = {
        "firstName": "Robin",
        "lastName": f"Example {customer.number}",
        "dateOfBirth": _born(customer).isoformat(),
        "nationality": customer.country,
    }
    return {
        "corporationDetails": {
            "legalName": customer.name,
            "registrationNumber": f"INV-{customer.number}",
            "incorporationDate": date(2004 + customer.number % 15, 5, 17).isoformat(),
            "incorporationCountry": customer.country,
            "registeredAddress": _address(customer),
            "website": f"https://{customer.ref}.example.com",
        },
        "additionalCorporationDetails": {
            "industry": ("Shipping", "Trade", "Food", "Energy", "Robotics")[customer.number % 5],
            "purposesOfAccountOpening": ["Paying suppliers"],
            "sourceOfFunds": ["Revenue"],
            "directors": [head],
            "beneficialOwners": [{**head, "ownershipPercent": "75"}],
        },
    }


def specimens_of(customer: Customer, today: date) -> list[tuple[str, str, bytes]]:
    """Type, name and bytes of what this customer hands in."""
    number = customer.number
    if customer.is_company:
        extract = specimens.sheet(
            title="Extract from the register",
            issuer="Register of Invented Companies",
            lines=[
                ("Company", customer.latin),
                ("Number", f"INV-{number}"),
                ("Seat", customer.country),
                ("Registered", f"17 May {2004 + number % 15}"),
                ("Director", f"Robin Example {number}"),
            ],
            text="This extract belongs to a company that does not exist.\nIt was drawn for a demonstration.",
        )
        owners = specimens.sheet(
            title="Who owns the company",
            issuer=customer.latin,
            lines=[(f"Robin Example {number}", "75 %"), ("Other shareholders", "25 %")],
        )
        return [
            ("REGISTER_EXTRACT", "register extract.pdf", extract),
            ("OWNERSHIP_STRUCTURE", "owners.pdf", owners),
        ]
    given, _space, family = customer.latin.partition(" ")
    is_passport = number % 3 > 0
    card = specimens.identity_card(
        kind="Passport" if is_passport else "Identity card",
        country=customer.country,
        lines=[
            ("Surname", family.upper()),
            ("Given names", given.upper()),
            ("Date of birth", f"{_born(customer):%-d %B %Y}"),
            ("Number", number_of(customer)),
            ("Valid until", f"{good_until(today):%-d %B %Y}"),
        ],
        number=number,
    )
    bill = specimens.sheet(
        title="Electricity bill",
        issuer="Invented Power Works",
        lines=[
            ("Customer", customer.latin),
            ("Country", customer.country),
            ("Postcode", customer.postcode),
            ("Month", f"{today:%B %Y}"),
            ("Amount", f"{40 + number % 50}.20"),
        ],
        text="Nothing was delivered, and nothing has to be paid.",
    )
    kind = "PASSPORT" if is_passport else "NATIONAL_ID"
    return [(kind, f"{kind.lower()}.jpg", card), ("PROOF_OF_ADDRESS", "bill.pdf", bill)]
