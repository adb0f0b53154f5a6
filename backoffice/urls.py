from django.conf import settings
from django.urls import include, path

from backoffice.health import healthz, metrics, readyz
from backoffice.staff.site import site
from backoffice.staff.urls import sign_in_urls

# Under /api/ a problem, elsewhere a page.
handler400 = "backoffice.rest.problems.bad_request"
handler404 = "backoffice.rest.problems.page_not_found"
handler500 = "backoffice.rest.problems.server_error"

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("api/", include("backoffice.api_urls")),
    *sign_in_urls(),
    path("", include("backoffice.staff.urls")),
    path("desk/", include("backoffice.desk.urls")),
    path("looks/", include("backoffice.reveals.urls")),
    path("duplicates/", include("customers.likeness.urls")),
    path("screening/", include("customers.screening.urls")),
    path("cases/", include("onboarding.urls")),
    path("payouts/batches/", include("payments.batches.urls")),
    path("payouts/", include("payments.urls")),
    path("payouts/overview/", include("payments.overview.urls")),
    path("payouts/policy/", include("payments.policies.urls")),
    path("payouts/notices/", include("payments.notices.urls")),
    path("payouts/desks/", include("payments.desks.urls")),
    path("", include("payments.reconciliation.urls")),
    path("sending-hours/", include("payments.times.urls")),
    path("collection-wallets/", include("payments.accounts.collections.urls")),
    path("switched-off/", include("payments.accounts.oversight.urls")),
    path("fiat-accounts/", include("payments.accounts.fiat.urls")),
    path("transactions/", include("payments.accounts.statements.urls")),
    path("deposits/", include("payments.accounts.deposits.urls")),
]
if settings.DEMO_ALLOWED:
    urlpatterns.append(path("", include("backoffice.local.urls")))

# The staff site takes every path that nobody else took: it stays last.
urlpatterns.append(path("", site.urls))
