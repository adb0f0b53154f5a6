from django.urls import path, register_converter

from backoffice import references
from payments.accounts.statements import views


class CustomerRefConverter:
    regex = references.PATTERN

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(CustomerRefConverter, "customer_ref")

app_name = "statements"
urlpatterns = [
    path("unexplained/", views.unexplained_page, name="unexplained"),
    path("of/<customer_ref:customer_ref>/", views.transactions_page, name="transactions"),
    path("of/<customer_ref:customer_ref>/statement/", views.statement_page, name="statement"),
    path("of/<customer_ref:customer_ref>/statement/file/", views.export, name="export"),
]
