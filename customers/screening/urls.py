from django.urls import path

from customers.screening import views

app_name = "screening"
urlpatterns = [path("hits/<int:pk>/", views.hit_page, name="hit")]
