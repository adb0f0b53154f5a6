"""The page of one customer, in the place where every record has its page."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from backoffice.desk.customer_page import head
from backoffice.desk.customer_page.page import Page, Tab
from backoffice.desk.customer_page.tabs import tabs_for
from backoffice.reveals.desk import hides_in_time
from backoffice.staff.roles import rights_of
from backoffice.staff.site import site
from customers.admin import CustomerAdmin
from customers.models import Customer


@admin.register(Customer, site=site)
class CustomerPage(CustomerAdmin):
    """List and buttons are the customers' own; the page is made here."""

    def get_urls(self) -> list[URLPattern]:
        tab = path(
            "<path:object_id>/tabs/<slug:name>/",
            self.admin_site.admin_view(self.tab_view),
            name="customers_customer_tab",
        )
        return [tab, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page with its first tab open."""
        return self.tab_view(request, object_id, "")

    def tab_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """The page with one tab open; with `?part=1` that tab alone, for the page that has it closed."""
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        customer = self.get_object(request, object_id)
        if not self.has_view_permission(request, customer):
            raise PermissionDenied
        if customer is None:
            raise Http404
        page = self._page(request, customer)
        tabs = tabs_for(page.rights)
        tab = next((each for each in tabs if each.name == name), None) if name else tabs[0]
        if tab is None:
            raise Http404
        if "part" in request.GET:
            return TemplateResponse(request, "desk/customer/tab.html", self._filled(page, tab))
        return self._whole(request, page, tabs, tab)

    def _whole(self, request: HttpRequest, page: Page, tabs: list[Tab], tab: Tab) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            **self.reveal_context(request, page.customer),
            **self._filled(page, tab),
            **head.context(page),
            "title": page.customer.partner_customer_ref,
            "record_buttons": [
                {"action": action, "url": self._action_url(page.customer, action)}
                for action in self.actions_for(request, page.customer)
            ],
            "record_waits": self.record_waits(page.customer),
            "tabs": [
                {"tab": each, "url": page.url_of(each.name), "key": str(number) if number < 10 else ""}
                for number, each in enumerate(tabs, 1)
            ],
        }
        answer = TemplateResponse(request, "desk/customer/page.html", context)
        answer.add_post_render_callback(hides_in_time(request))
        return answer

    def _page(self, request: HttpRequest, customer: Customer) -> Page:
        user: Any = request.user
        reveal = self.reveal_context(request, customer)
        return Page(
            customer=customer,
            user=user,
            rights=rights_of(user.roles),
            now=timezone.now(),
            sees_persons=reveal["sees_persons"],
            may_open=reveal["may_open"],
            asked=request.GET.dict(),
        )

    @staticmethod
    def _filled(page: Page, tab: Tab) -> dict[str, Any]:
        return {
            "customer": page.customer,
            "sees_persons": page.sees_persons,
            "may_open": page.may_open,
            "now": page.now,
            "open_tab": tab,
            "tab_url": page.url_of(tab.name),
            **tab.context(page),
        }
