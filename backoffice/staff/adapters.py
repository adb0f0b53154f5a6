"""How allauth's sign-in behaves in this house: no sign-up, our lock-out, sealed secrets, an entry per sign-in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import vault
from backoffice.audit import Actor, record
from backoffice.staff import addresses, lockout, second_factor
from backoffice.staff.models import User

SIGN_IN = "address"


def _subject(credentials: dict[str, Any]) -> str:
    email = str(credentials.get("email") or "").strip().lower()
    return f"password:{vault.fingerprint(email, context='staff.lockout')}"


class StaffAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The email or the password is not right."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        self._login_failed_rl_usage = None
        now = timezone.now()
        try:
            addresses.take_try(request, kind=SIGN_IN, now=now)
        except lockout.LockedOut as locked:
            raise ValidationError(str(locked)) from None
        try:
            lockout.take(_subject(credentials), now=now)
        except lockout.LockedOut as locked:
            self._record_lock(credentials)
            raise ValidationError(str(locked)) from None

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:  # type: ignore[override]
        user = super().authenticate(request, **credentials)
        if user is None or not user.is_active:
            return None
        lockout.clear(_subject(credentials))
        addresses.give_back(request, kind=SIGN_IN)
        return user  # type: ignore[return-value]

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        if not second_factor.is_enrolled(user):
            messages.error(
                request, _("You have no second factor yet. Ask an administrator for a new enrolment link.")
            )
            return redirect("account_login")
        return None

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        with transaction.atomic():
            record(actor=Actor.staff(user), verb="signed in", subject=user, now=timezone.now())
        return redirect(kwargs.get("redirect_url") or self.get_login_redirect_url(request))

    def logout(self, request: HttpRequest) -> None:
        with transaction.atomic():
            record(
                actor=Actor.staff(request.user), verb="signed out", subject=request.user, now=timezone.now()
            )
        super().logout(request)

    def add_message(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """The pages say what happened; allauth's own messages stay silent."""

    def _record_lock(self, credentials: dict[str, Any]) -> None:
        user = User.objects.filter(email=str(credentials.get("email") or "").strip().lower()).first()
        if user is not None:
            with transaction.atomic():
                record(actor=Actor.system("sign-in"), verb="locked out", subject=user, now=timezone.now())


class StaffMfaAdapter(DefaultMFAAdapter):
    """Secrets are sealed with the key of the person; see second_factor.seal_for."""

    def encrypt(self, text: str) -> str:
        raise NotImplementedError("Secrets are sealed by staff.second_factor, under the person's own key.")

    def decrypt(self, encrypted_text: str) -> str:
        return second_factor.unseal(encrypted_text)
