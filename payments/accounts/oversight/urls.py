from django.urls import path

from payments.accounts.oversight import views

app_name = "oversight"
urlpatterns = [
    path("", views.switched_off_page, name="switched_off"),
    path("check-again/", views.check_again, name="check_again"),
]
