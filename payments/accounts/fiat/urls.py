from django.urls import path

from payments.accounts.fiat import views

app_name = "fiat_accounts"
urlpatterns = [
    path("", views.queue_page, name="queue"),
    path("apply/", views.apply_page, name="apply"),
    path("read/", views.read_now, name="read"),
    path("applications/<ref:application_ref>/answer/", views.answer_page, name="answer"),
]
