"""The addresses of an installation where demo people may sign in."""

from django.urls import include, path

from backoffice import urls

urlpatterns = [path("", include("backoffice.local.urls")), *urls.urlpatterns]
