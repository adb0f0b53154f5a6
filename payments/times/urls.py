from django.urls import path

from payments.times import views

app_name = "payment_times"
urlpatterns = [
    path("", views.hours_page, name="hours"),
    path("<str:currency>/", views.currency_page, name="currency"),
]
