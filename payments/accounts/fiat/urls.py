from django.urls import path, register_converter

from backoffice import references
from payments.accounts.fiat import views


class ApplicationRefConverter:
    regex = references.PATTERN

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(ApplicationRefConverter, "application_ref")

app_name = "fiat_accounts"
urlpatterns = [
    path("", views.queue_page, name="queue"),
    path("apply/", views.apply_page, name="apply"),
    path("read/", views.read_now, name="read"),
    path("applications/<application_ref:application_ref>/answer/", views.answer_page, name="answer"),
]
