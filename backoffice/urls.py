from django.urls import path

from backoffice.health import healthz, readyz
from backoffice.staff.site import site

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("", site.urls),
]
