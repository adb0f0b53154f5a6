from django.urls import path

from backoffice.desk import views
from backoffice.desk.search.views import search_page

app_name = "desk"
urlpatterns = [
    path("sending/", views.sending, name="sending"),
    path("search/", search_page, name="search"),
    path("customer/", views.customer, name="customer"),
]
