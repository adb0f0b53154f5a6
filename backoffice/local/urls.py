from django.urls import path

from backoffice.local import views

app_name = "local"
urlpatterns = [
    path("sign-in/demo/", views.sign_in, name="sign_in"),
    path("sign-in/demo/people/", views.people, name="people"),
    path("sign-in/demo/<int:user_id>/", views.sign_in_as, name="sign_in_as"),
]
