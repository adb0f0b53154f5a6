from django.urls import path

from payments.accounts.deposits import views
from payments.accounts.travel_rule import views as travel_rule

app_name = "deposits"
urlpatterns = [
    path("", views.queue_page, name="queue"),
    path("addresses/ask/", views.ask_page, name="ask"),
    path("<int:pk>/travel-rule/", travel_rule.answer_page, name="travel_rule"),
]
