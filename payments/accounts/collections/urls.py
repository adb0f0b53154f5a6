from django.urls import path

from payments.accounts.collections import views

app_name = "collections"
urlpatterns = [
    path("ask/", views.ask_page, name="ask"),
    path("in-doubt/", views.in_doubt, name="in_doubt"),
]
