from django.urls import path

from backoffice.reveals import views

app_name = "reveals"
urlpatterns = [path("", views.looks_page, name="looks")]
