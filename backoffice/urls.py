from django.urls import path

from backoffice.staff.site import site

urlpatterns = [
    path("", site.urls),
]
