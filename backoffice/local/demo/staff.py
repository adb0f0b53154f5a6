"""The people who work in the demo, and the two who open money out."""

from datetime import datetime

from backoffice.audit import Actor
from backoffice.local.people import create_demo_person, email_of
from backoffice.staff import clients
from backoffice.staff.models import ApiClient, User
from backoffice.staff.roles import Role

# The first two have to be administrators: everybody else's role takes two of them.
PEOPLE: tuple[tuple[str, str, Role], ...] = (
    ("admin", "Ada Brandt", Role.ADMINISTRATOR),
    ("admin2", "Bilal Haddad", Role.ADMINISTRATOR),
    ("reviewer", "Rosa Lindqvist", Role.COMPLIANCE_REVIEWER),
    ("maker", "Mateo Silva", Role.PAYMENTS_MAKER),
    ("approver", "Aiko Tanaka", Role.PAYMENTS_APPROVER),
    ("approver2", "Noor de Vries", Role.PAYMENTS_APPROVER),
    ("approver3", "Paolo Greco", Role.PAYMENTS_APPROVER),
    ("lead", "Lena Okafor", Role.COMPLIANCE_LEAD),
    ("reviewer2", "Samir Kapoor", Role.COMPLIANCE_REVIEWER),
    ("mlro", "Ingrid Solheim", Role.MLRO),
    ("operations", "Oskar Nowak", Role.OPERATIONS_LEAD),
    ("auditor", "Wanjiru Kamau", Role.AUDITOR),
    ("support", "Chloe Martin", Role.SUPPORT),
)
API_CLIENT = "Customer app"


def person(username: str) -> User:
    return User.objects.get(email=email_of(username))


def actor(username: str) -> Actor:
    return Actor.staff(person(username))


def program() -> Actor:
    """The partner's own system, by the token that two administrators gave it."""
    return Actor.api(ApiClient.objects.get(name=API_CLIENT))


def is_here(username: str) -> bool:
    return User.objects.filter(email=email_of(username)).exists()


def engage(*, password: str, now: datetime) -> None:
    """Take on everybody who is not here yet, and let the partner's system in."""
    for username, name, role in PEOPLE:
        if not is_here(username):
            create_demo_person(username=username, display_name=name, role=role, password=password, now=now)
    if not ApiClient.objects.filter(name=API_CLIENT).exists():
        scopes = ["customers", "onboarding", "payments"]
        client = clients.ask_client(name=API_CLIENT, scopes=scopes, actor=actor("admin"), now=now)
        clients.confirm_client(client, actor=actor("admin2"), now=now)
        # The token itself is thrown away: whoever wants one makes a client with `manage.py api_client`.
        clients.issue_token(client, actor=actor("admin"), now=now)
