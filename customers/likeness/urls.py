from django.urls import path

from customers.likeness import views

app_name = "likeness"
urlpatterns = [
    path("", views.pairs_page, name="pairs"),
    path("<int:pk>/", views.pair_page, name="pair"),
]
