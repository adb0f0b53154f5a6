"""The staff site: the admin site at `/`, behind a second factor, with our rights."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

RIBBON_SENTENCES: dict[str, Promise] = {
    "LOCAL": _("This machine only. No real money."),
    "SANDBOX": _("Oceafin's sandbox. No real money."),
    "PRODUCTION": _("Real customers, real money."),
}


class DeskSite(AdminSite):
    """One site for the whole house. Apps register their admins on `site`; who may see one is its right."""

    site_title = _("Back office")
    site_header = _("Back office")
    index_title = _("Home")
    index_template = "staff/home.html"
    site_url = None
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        # The middleware has already turned away whoever showed no second factor.
        return bool(request.user.is_authenticated and request.user.is_active)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("account_login")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("staff:change_password")

    def get_urls(self) -> list[Any]:
        # Pages that this house does not have; what is left is the index, lists and records.
        absent = {
            "login",
            "logout",
            "password_change",
            "password_change_done",
            "autocomplete",
            "view_on_site",
        }
        return [url for url in super().get_urls() if getattr(url, "name", None) not in absent]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        from backoffice.staff import navigation

        signed_in = self.has_permission(request)
        groups = navigation.groups_for(request, model_links=self._model_links()) if signed_in else []
        return {
            "site_title": self.site_title,
            "site_header": self.site_header,
            "has_permission": signed_in,
            "navigation": groups,
            "is_popup": False,
            "is_nav_sidebar_enabled": False,
            "available_apps": [],
            **ribbon(),
        }

    def index(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Where each role lands. The desk puts its blocks here, see `staff.home`."""
        from backoffice.staff import home

        blocks = home.blocks_for(request)
        return super().index(request, {"blocks": blocks, "title": "", **(extra_context or {})})

    def _model_links(self) -> list[Any]:
        from backoffice.staff.admin_base import DeskAdmin
        from backoffice.staff.navigation import Link

        return [
            Link(
                group=model_admin.nav_group,
                label=model._meta.verbose_name_plural[:1].upper() + model._meta.verbose_name_plural[1:],
                url_name=f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist",
                right=model_admin.required_right,
                icon=model_admin.nav_icon,
                order=model_admin.nav_order,
            )
            for model, model_admin in self._registry.items()
            if isinstance(model_admin, DeskAdmin) and model_admin.required_right and model_admin.nav_group
        ]


def ribbon() -> dict[str, Any]:
    """What every page says about where one is."""
    return {
        "environment_name": settings.ENVIRONMENT_NAME,
        "environment_sentence": RIBBON_SENTENCES[settings.ENVIRONMENT_NAME],
    }


site = DeskSite()


def desk_site() -> DeskSite:
    return site
