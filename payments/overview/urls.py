from django.urls import path

from payments.overview import views

app_name = "overview"
urlpatterns = [
    path("", views.overview_page, name="overview"),
    path("<slug:table>/export/", views.export, name="export"),
]
