from django.contrib.auth.decorators import login_not_required
from django.urls import path

from backoffice.staff import views, waiting

app_name = "staff"
urlpatterns = [
    path("enrol/", views.enrol, name="enrol"),
    path("enrol/<str:token>/", views.enrol_link, name="enrol_link"),
    path("staff/waiting/", waiting.page, name="waiting"),
    path("account/", views.account, name="account"),
    path("account/password/", views.change_password, name="change_password"),
    path("account/recovery-codes/", views.recovery_codes, name="recovery_codes"),
    path("account/recovery-codes/new/", views.new_recovery_codes, name="new_recovery_codes"),
]


def sign_in_urls() -> list:
    """Only the pages of allauth that this house has: no sign-up, no password by email, no social accounts."""
    from allauth.account.views import LoginView, LogoutView
    from allauth.mfa.base.views import AuthenticateView

    return [
        path("sign-in/", login_not_required(LoginView.as_view()), name="account_login"),
        path("sign-in/code/", login_not_required(AuthenticateView.as_view()), name="mfa_authenticate"),
        path("sign-out/", login_not_required(LogoutView.as_view()), name="account_logout"),
    ]
