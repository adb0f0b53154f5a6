"""The people who work here, the roles they were given, and the programs that speak for the partner."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import pgtrigger
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from backoffice.staff.roles import EXCLUSIVE, Right, Role, rights_of


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, display_name: str = "", password: str | None = None) -> User:
        """A person without any role; without a password nobody can sign in as them."""
        user = self.model(email=email.strip().lower(), display_name=display_name.strip() or email.strip())
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A member of the partner's staff. Signs in by email; there is no superuser."""

    email = models.EmailField(_("email"), unique=True)
    display_name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # Seals the second factor's secrets; see backoffice.vault.
    vault_key = models.UUIDField(null=True, editable=False)

    # The admin asks for these two; roles are the only source of rights.
    is_superuser = False

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="staff_user_email_once"),
            models.CheckConstraint(
                condition=Q(email=Lower("email")),
                name="staff_user_email_is_lower_case",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.display_name} ({self.email})"

    @property
    def is_staff(self) -> bool:
        return self.is_active

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name.split(" ")[0]

    @property
    def roles(self) -> frozenset[Role]:
        """Read anew at each access, but while a page is only shown: see `remember_roles`."""
        remembered: frozenset[Role] | None = self.__dict__.get("_roles")
        return RoleGrant.objects.roles_of(self) if remembered is None else remembered

    def remember_roles(self) -> None:
        """For the rest of a request that changes nothing, ask for the roles no more. Acts ask `rights.require`."""
        self.__dict__["_roles"] = RoleGrant.objects.roles_of(self)

    def has_right(self, right: Right) -> bool:
        """For what a page shows. An act is guarded by `rights.require` inside its transaction."""
        return right in rights_of(self.roles)

    # Django's admin asks these; backoffice.staff.backend answers.
    def has_perm(self, perm: str, obj: Any = None) -> bool:
        from backoffice.staff.backend import has_perm

        return has_perm(self, perm, obj)

    def has_perms(self, perms: list[str], obj: Any = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return bool(self.is_active and self.roles)


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    def in_force(self) -> RoleGrantQuerySet:
        return self.filter(confirmed_at__isnull=False, revoked_at__isnull=True, user__is_active=True)

    def waiting(self) -> RoleGrantQuerySet:
        return self.filter(confirmed_at__isnull=True, revoked_at__isnull=True)

    def roles_of(self, user: User) -> frozenset[Role]:
        if user.pk is None:
            return frozenset()
        return frozenset(
            Role(role) for role in self.in_force().filter(user=user).values_list("role", flat=True)
        )


def two_people(prefix: str) -> list[models.BaseConstraint]:
    """Asked by one administrator and confirmed by another; from the shell there is nobody to ask."""
    return [
        models.CheckConstraint(
            condition=Q(confirmed_by__isnull=True)
            | Q(asked_by__isnull=False) & ~Q(confirmed_by=F("asked_by")),
            name=f"{prefix}_confirmed_by_another",
        ),
        models.CheckConstraint(
            condition=Q(from_shell=True, asked_by__isnull=True, confirmed_by__isnull=True)
            | Q(
                from_shell=False, asked_by__isnull=False, confirmed_at__isnull=True, confirmed_by__isnull=True
            )
            | Q(
                from_shell=False,
                asked_by__isnull=False,
                confirmed_at__isnull=False,
                confirmed_by__isnull=False,
            ),
            name=f"{prefix}_is_asked_and_confirmed_by_name",
        ),
    ]


class RoleGrant(models.Model):
    """A role given to a person: asked for by one administrator, confirmed by another, revoked by one.

    Counts from `confirmed_at` until `revoked_at`. What waits and is refused is revoked unconfirmed.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=32, choices=Role.choices())
    asked_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked"))
    confirmed_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    revoked_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("revoked by")
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True)
    from_shell = models.BooleanField(_("from the shell"), default=False)

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("role grant")
        verbose_name_plural = _("role grants")
        constraints = [
            *two_people("staff_grant"),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role]), name="staff_grant_role_is_known"
            ),
            models.CheckConstraint(
                condition=(Q(asked_by__isnull=True) | ~Q(asked_by=F("user")))
                & (Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("user"))),
                name="staff_grant_not_by_the_grantee",
            ),
            models.CheckConstraint(
                condition=Q(from_shell=False) | Q(confirmed_at__isnull=False),
                name="staff_grant_from_shell_is_confirmed",
            ),
            models.UniqueConstraint(
                fields=["user", "role"], condition=Q(revoked_at__isnull=True), name="staff_grant_role_once"
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(revoked_at__isnull=True, role__in=sorted(role.value for role in EXCLUSIVE)),
                name="staff_grant_exclusive_roles",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="staff_grant_is_kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="staff_grant_terms", fields=["user", "role", "asked_by", "asked_at", "from_shell"]
            ),
        ]

    def __str__(self) -> str:
        return f"{Role(self.role).label} · {self.user.display_name}"

    @property
    def stands(self) -> str:
        """WAITING, IN_FORCE or REVOKED."""
        if self.revoked_at:
            return "REVOKED"
        return "IN_FORCE" if self.confirmed_at else "WAITING"


class SecondFactorReset(models.Model):
    """Somebody lost their phone: one administrator asks, another confirms, then they enrol anew."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("person"))
    asked_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked"))
    confirmed_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    revoked_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("refused by")
    )
    revoked_at = models.DateTimeField(_("refused"), null=True)
    from_shell = models.BooleanField(_("from the shell"), default=False)

    class Meta:
        verbose_name = _("second factor reset")
        verbose_name_plural = _("second factor resets")
        constraints = [
            *two_people("staff_reset"),
            models.CheckConstraint(
                condition=(Q(asked_by__isnull=True) | ~Q(asked_by=F("user")))
                & (Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("user"))),
                name="staff_reset_not_by_the_person",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(confirmed_at__isnull=True, revoked_at__isnull=True),
                name="staff_reset_one_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user.display_name} · {self.asked_at:%Y-%m-%d}"

    @property
    def stands(self) -> str:
        """WAITING, CONFIRMED or REVOKED."""
        if self.revoked_at:
            return "REVOKED"
        return "CONFIRMED" if self.confirmed_at else "WAITING"


class Enrolment(models.Model):
    """A one-time link by which a person sets their password and second factor. Only its hash is kept."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="enrolments")
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user.email} until {self.expires_at:%Y-%m-%d %H:%M}"

    def usable(self, now: datetime) -> bool:
        return self.used_at is None and now < self.expires_at and self.user.is_active


class FailureCount(models.Model):
    """Failed sign-ins of one subject (a hashed email or a person) in a window, counted across processes."""

    subject = models.CharField(max_length=80, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    window_ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.subject[:12]} {self.failures}"


class Scope(models.TextChoices):
    """What an API client may reach. READ reads all; each other reads and writes its own."""

    CUSTOMERS = "customers", _("customers")
    ONBOARDING = "onboarding", _("onboarding (documents and cases)")
    PAYMENTS = "payments", _("payments (beneficiaries and payments)")
    READ = "read", _("read all")


class ApiClient(models.Model):
    """A program of the partner that speaks to our API, with one bearer token, kept as its SHA-256."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope.choices), verbose_name=_("scopes"))
    token_sha256 = models.CharField(max_length=64, unique=True, null=True, editable=False)
    token_prefix = models.CharField(_("token begins with"), max_length=12, blank=True, editable=False)
    owner = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="api_clients", verbose_name=_("owner")
    )
    asked_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked"))
    confirmed_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    revoked_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("revoked by")
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True)
    from_shell = models.BooleanField(_("from the shell"), default=False)
    last_used_at = models.DateTimeField(_("last used"), null=True)

    class Meta:
        verbose_name = _("API client")
        verbose_name_plural = _("API clients")
        constraints = [
            *two_people("staff_api_client"),
            models.CheckConstraint(
                condition=Q(token_sha256__isnull=True) | Q(confirmed_at__isnull=False),
                name="staff_api_client_token_after_confirming",
            ),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=[scope.value for scope in Scope]) & Q(scopes__len__gt=0),
                name="staff_api_client_scopes_are_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    # DRF asks the authenticated principal.
    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def stands(self) -> str:
        """WAITING, CONFIRMED (no token yet), IN_FORCE or REVOKED."""
        if self.revoked_at:
            return "REVOKED"
        if not self.confirmed_at:
            return "WAITING"
        return "IN_FORCE" if self.token_sha256 else "CONFIRMED"
