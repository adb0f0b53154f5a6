from django.conf import settings
from django.urls import include, path

from backoffice.health import healthz, metrics, readyz
from backoffice.staff.site import site
from backoffice.staff.urls import sign_in_urls

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    *sign_in_urls(),
    path("", include("backoffice.staff.urls")),
]
if settings.DEMO_ALLOWED:
    urlpatterns.append(path("", include("backoffice.local.urls")))

# The staff site takes every path that nobody else took: it stays last.
urlpatterns.append(path("", site.urls))
