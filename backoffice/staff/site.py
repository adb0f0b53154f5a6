"""The staff site: the admin site at `/`, behind a second factor, with our rights."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite


class DeskSite(UnfoldAdminSite):
    """One site for the whole house. Apps register their admins on `site`; who may see one is its right."""

    site_title = _("Back office")
    site_header = _("Back office")
    index_title = _("Home")
    index_template = "staff/home.html"
    site_url = None
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        # The middleware has already turned away whoever has no second factor.
        return bool(request.user.is_authenticated and request.user.is_active)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("account_login")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("account_logout")


site = DeskSite()


def desk_site() -> DeskSite:
    return site
