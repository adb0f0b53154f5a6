"""The stock admin over payments, with its defaults, under /stock/ beside our own pages."""

from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.http import HttpRequest
from django.urls import path

from backoffice import urls
from payments.models import PaymentRequest


class OpenSite(AdminSite):
    def has_permission(self, request: HttpRequest) -> bool:
        return True


class StockAdmin(ModelAdmin):
    """The same columns and filters as ours."""

    list_display = (
        "payment_ref",
        "kind",
        "customer",
        "amount",
        "currency",
        "beneficiary",
        "state",
        "state_since",
    )
    list_filter = ("state", "kind", "contradicted")
    search_fields = ("payment_ref",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


site = OpenSite(name="stock")
site.register(PaymentRequest, StockAdmin)
urlpatterns = [path("stock/", site.urls), *urls.urlpatterns]
