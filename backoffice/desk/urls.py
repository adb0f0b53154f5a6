from django.urls import path

from backoffice.desk import views

app_name = "desk"
urlpatterns = [path("sending/", views.sending, name="sending")]
