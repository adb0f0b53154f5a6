from django.urls import path

from payments.notices import views

app_name = "payment_notices"
urlpatterns = [path("", views.mine, name="mine")]
