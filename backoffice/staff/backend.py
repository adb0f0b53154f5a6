"""Django's permissions, answered from our rights: the admin site may view what a right allows."""

from typing import TYPE_CHECKING, Any

from allauth.account.auth_backends import AuthenticationBackend

if TYPE_CHECKING:
    from backoffice.staff.models import User


def has_perm(user: "User", perm: str, obj: Any = None) -> bool:
    """May this person `view` the model? Adding, changing and deleting are never done by a generic form."""
    from django.apps import apps

    from backoffice.staff.site import site

    app_label, _, codename = perm.partition(".")
    action, _, model_name = codename.partition("_")
    if action != "view" or not user.is_active:
        return False
    try:
        model = apps.get_model(app_label, model_name)
    except LookupError:
        return False
    model_admin = site._registry.get(model)
    right = getattr(model_admin, "required_right", None)
    return right is not None and user.has_right(right)


class StaffBackend(AuthenticationBackend):
    """Password sign-in by email through allauth; rights only from role grants."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return has_perm(user_obj, perm, obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return bool(user_obj.has_module_perms(app_label))

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()
