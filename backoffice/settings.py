"""Settings of one installation: one partner, one environment. What differs comes from the environment."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import dj_database_url
import structlog
from csp.constants import NONE, SELF

from backoffice.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()

# `make run` on this machine: loopback and plain http only. See backoffice/local.
LOCAL = env.flag("BACKOFFICE_LOCAL")
# Demo data and logins: only where `make run` owns database and Oceafin, see backoffice/local/ownership.py.
DEMO_ALLOWED = LOCAL and env.flag("DEMO_ALLOWED")
DEMO_PASSWORD = env.text("DEMO_PASSWORD", "") if DEMO_ALLOWED else ""
DEBUG = False
SECRET_KEY = env.text("SECRET_KEY")
# Newest first; older keys stay until `manage.py rotate_keys` has wrapped everything anew.
FIELD_KEYS = env.words("FIELD_KEYS")
AUDIT_KEY = env.text("AUDIT_KEY")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost" if LOCAL else None)
CSRF_TRUSTED_ORIGINS = [
    f"https://{host}" for host in ALLOWED_HOSTS if not host.startswith(".") and host != "*"
]

# The partner's own: no default outside local mode, because a wrong one shows wrong days and wrong limits.
BUSINESS_TIME_ZONE = ZoneInfo(env.text("BUSINESS_TIME_ZONE", "UTC" if LOCAL else None))
BASE_CURRENCY = env.text("BASE_CURRENCY", "EUR" if LOCAL else None)

# Who owns this much of a company, in percent, must be accepted as a person (FATF: 25).
OWNER_PERCENT = env.number("OWNER_PERCENT", 25)
# Of the cases that nothing else calls for a second look, so many in a hundred are drawn for one: 1 to 100.
SECOND_LOOK_PERCENT = env.number("SECOND_LOOK_PERCENT", 5)

# --- Oceafin (contract section 1) -----------------------------------------------------------------
OCEAFIN_PARTNER_API_BASE_URL = env.text("OCEAFIN_PARTNER_API_BASE_URL")
OCEAFIN_PARTNER_API_CLIENT_ID = env.text("OCEAFIN_PARTNER_API_CLIENT_ID")
# Beside `make run`, a command in another shell works without secrets that only that run was given: nothing can
# be signed or verified with an empty one.
OCEAFIN_PARTNER_API_CLIENT_SECRET = env.text("OCEAFIN_PARTNER_API_CLIENT_SECRET", "" if LOCAL else None)
OCEAFIN_PARTNER_API_WEBHOOK_SECRET = env.text("OCEAFIN_PARTNER_API_WEBHOOK_SECRET", "" if LOCAL else None)
OCEAFIN_PARTNER_API_WEBHOOK_SECRET_PREVIOUS = env.text("OCEAFIN_PARTNER_API_WEBHOOK_SECRET_PREVIOUS", "")
# ASSUMED in the contract: how long Oceafin remembers an idempotency key, and how old a webhook may be.
OCEAFIN_IDEMPOTENCY_KEY_LIFETIME = timedelta(hours=env.number("OCEAFIN_IDEMPOTENCY_KEY_LIFETIME_HOURS", 24))
# At most so many requests a minute are made by readings of lists; what is sent and what events ask for counts apart.
OCEAFIN_READS_PER_MINUTE = env.number("OCEAFIN_READS_PER_MINUTE", 240)
OCEAFIN_WEBHOOK_FRESHNESS = timedelta(seconds=env.number("OCEAFIN_WEBHOOK_FRESHNESS_SECONDS", 300))
# An endpoint of the partner's that has taken none of our webhooks for so long is switched off, and people are told.
WEBHOOK_ENDPOINT_OFF_AFTER = timedelta(hours=env.number("WEBHOOK_ENDPOINT_OFF_AFTER_HOURS", 72))
# So long after Oceafin asks who sent coins the answer is late.
TRAVEL_RULE_DUE = timedelta(hours=env.number("TRAVEL_RULE_DUE_HOURS", 72))
# What the ribbon says: LOCAL, SANDBOX or PRODUCTION.
ENVIRONMENT_NAME = (
    "LOCAL"
    if LOCAL
    else "PRODUCTION"
    if urlsplit(OCEAFIN_PARTNER_API_BASE_URL).hostname == "api.oceafin.com"
    else "SANDBOX"
)

# --- Logs -----------------------------------------------------------------------------------------
# Where `rich` happens to be installed a traceback would show what every variable holds: names, keys, passwords.
structlog.dev.ConsoleRenderer.get_active().exception_formatter = structlog.dev.plain_traceback

# --- Apps -----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "backoffice.staff.admin_config.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "csp",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "backoffice.vault",
    "backoffice.audit",
    "backoffice.staff",
    "backoffice.reveals",
    "backoffice.oceafin",
    "webhooks",
    "webhooks.outgoing",
    "backoffice.extensions",
    "customers",
    "onboarding.service_levels",
    "onboarding.presence",
    "customers.facts",
    "customers.likeness",
    "onboarding",
    "onboarding.consent",
    "onboarding.people",
    "onboarding.second_look",
    "onboarding.revisions",
    "onboarding.requested",
    "onboarding.drafts",
    "payments.accounts",
    "payments.accounts.deposits",
    "payments.accounts.travel_rule",
    "payments.accounts.fiat",
    "payments.accounts.collections",
    "payments.times",
    "payments.policies",
    "payments",
    "payments.desks",
    "payments.batches",
    "payments.capabilities",
    "payments.reconciliation",
    "payments.notices",
    "customers.screening",
    "onboarding.risk",
    "backoffice.desk",
]
if LOCAL:
    INSTALLED_APPS.append("backoffice.local")

MIDDLEWARE = [
    # The webhook border stands before the house: nothing below may cost an event.
    "webhooks.door.Door",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "backoffice.staff.middleware.RequestLog",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "backoffice.staff.middleware.SecondFactorRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "backoffice.staff.middleware.ErasedData",
]

# A company with fifty directors and fifty owners is one form.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2500

ROOT_URLCONF = "backoffice.urls"
WSGI_APPLICATION = "backoffice.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "backoffice.staff.context.desk",
            ],
        },
    },
]

# --- Database: the one place where state lives ----------------------------------------------------
DATABASES = {
    "default": dj_database_url.parse(env.text("DATABASE_URL"), conn_max_age=600, conn_health_checks=True)
}
DATABASES["default"]["OPTIONS"] = DATABASES["default"].get("OPTIONS", {}) | {
    # Shorter outside-in, see docs: a stuck statement ends before the lease of the work that it belongs to.
    "options": "-c statement_timeout=15000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000",
    "connect_timeout": 3,
    # How often a statement of `backoffice.prepared` runs before a connection keeps its plan.
    "prepare_threshold": 2,
    "application_name": "backoffice",
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_entries"}}

# --- Numbers for monitoring -----------------------------------------------------------------------
# Who may read /metrics from elsewhere sends this as a bearer token; empty: this machine alone.
METRICS_TOKEN = env.text("METRICS_TOKEN", "")

# --- Looking at personal data (backoffice/reveals) ------------------------------------------------
# How long it stays open for a stated purpose.
REVEAL_MINUTES = env.number("REVEAL_MINUTES", 10)
# A lead is told when one person looks at more customers than this within so many minutes: by choice, or by
# taking cases and approving payments.
REVEAL_BURST_MINUTES = env.number("REVEAL_BURST_MINUTES", 60)
REVEAL_BURST_CUSTOMERS = env.number("REVEAL_BURST_CUSTOMERS", 15)
REVEAL_BURST_DECISIONS = env.number("REVEAL_BURST_DECISIONS", 60)

# --- The bell -------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0" if LOCAL else None)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "socket_timeout": 5,
    "socket_connect_timeout": 0.5,
    "retry_on_timeout": False,
    "max_retries": 0,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "papers"
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# The clock rings too; a bell that nobody heard in time is of no use any more.
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": 10.0, "options": {"queue": queue, "expires": 10}}
    for name, task, queue in (
        ("ring-money", "backoffice.oceafin.tasks.deliver_money", "money"),
        ("ring-papers", "backoffice.oceafin.tasks.deliver_papers", "papers"),
        ("ring-events", "webhooks.tasks.apply_events", "papers"),
        ("ring-webhooks", "webhooks.outgoing.tasks.send_webhooks", "papers"),
    )
}

# --- Notices to staff by e-mail -------------------------------------------------------------------
# Without a mail server none are sent; in local mode each is a file.
EMAIL_HOST = env.text("EMAIL_HOST", "")
EMAIL_PORT = env.number("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
# The connection is encrypted from its start (port 465), or by STARTTLS; only on this machine it may be plain.
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_USE_TLS = not EMAIL_USE_SSL and not env.flag("EMAIL_PLAIN")
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "backoffice@localhost")
EMAIL_FILE_PATH = env.text("MAIL_FOLDER", str(BASE_DIR / ".local" / "mail"))
EMAIL_BACKEND = "django.core.mail.backends." + (
    "smtp.EmailBackend" if EMAIL_HOST else "filebased.EmailBackend" if LOCAL else "dummy.EmailBackend"
)
# From this hour on, by the business clock, approvers are told on business days what waits for them.
NOTICES_HOUR = env.number("NOTICES_HOUR", 8)

# --- Sign-in --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = ["backoffice.staff.backend.StaffBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Email and password, then a code; see backoffice/staff/adapters.py. The pages of allauth that the house has
# are named one by one in backoffice/staff/urls.py; its own rate limits give way to staff.lockout.
# With demo data the way in is the list of demo people; the ordinary form is one click away.
LOGIN_URL = "local:sign_in" if DEMO_ALLOWED else "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "backoffice.staff.adapters.StaffAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = False
ACCOUNT_FORMS = {"login": "backoffice.staff.forms.SignInForm"}
MFA_ADAPTER = "backoffice.staff.adapters.StaffMfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_FORMS = {"authenticate": "backoffice.staff.forms.CodeForm"}
SESSION_COOKIE_AGE = int(timedelta(hours=10).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# --- The intake API: a token, and closed unless the view names its scope -----------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["backoffice.staff.tokens.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["backoffice.staff.tokens.HasScope"],
}

# --- Transport and headers ------------------------------------------------------------------------
SECURE_SSL_REDIRECT = not LOCAL
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_TLS_PROXY") else None
SESSION_COOKIE_SECURE = not LOCAL
CSRF_COOKIE_SECURE = not LOCAL
# How many proxies of ours write down in X-Forwarded-For whom they heard: failures are counted by address.
PROXIES_IN_FRONT = env.number("PROXIES_IN_FRONT", 1 if env.flag("BEHIND_TLS_PROXY") else 0)
SECURE_HSTS_SECONDS = 0 if LOCAL else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not LOCAL
SECURE_HSTS_PRELOAD = not LOCAL
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    },
}

# --- Onboarding -----------------------------------------------------------------------------------
# No case is accepted or signed whose screenings, or the lists they used, are older.
SCREENING_VALID_DAYS = env.number("SCREENING_VALID_DAYS", 30)
# A periodic refresh does not ask again for a document that was accepted less long ago, unless it has expired.
DOCUMENTS_VALID_DAYS = env.number("DOCUMENTS_VALID_DAYS", 1095)

# --- The intake API -------------------------------------------------------------------------------
API_REQUESTS_PER_MINUTE = env.number("API_REQUESTS_PER_MINUTE", 600)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["backoffice.staff.tokens.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["backoffice.staff.tokens.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["backoffice.rest.limits.TokenThrottle"],
    "DEFAULT_PARSER_CLASSES": ["backoffice.rest.reading.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "backoffice.rest.reading.JsonOnly",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "backoffice.rest.problems.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Back office intake API",
    "DESCRIPTION": "Hand in customers, documents, onboarding cases and payment requests, and read where they stand.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    # It describes and holds nothing secret: whoever writes against the API can read it without a token.
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "CustomerType": "customers.models.CustomerType",
        "DocumentType": "customers.files.DocumentType.choices",
        "ScreeningHitKind": "customers.screening.models.HitKind",
        "FoundBy": "payments.accounts.models.FoundBy",
        "PaymentKind": "payments.models.Kind",
        "CaseState": "onboarding.states.CaseState.choices",
        "TravelRuleState": "payments.accounts.travel_rule.states.TravelRuleState.choices",
        "PaymentState": "payments.states.PaymentState.choices",
        "FiatAccountApplicationState": "payments.accounts.fiat.states.ApplicationState.choices",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "backoffice.rest.schema.add_problems",
    ],
}

# --- What the review holds customers to ---------------------------------------------------------------
MINIMUM_AGE = env.number("MINIMUM_AGE", 18)

# --- Virus scanner ----------------------------------------------------------------------------------
# ClamAV's daemon as host:port or unix:/path; empty: none. Where it is named and away, no document is taken in.
CLAMAV_ADDRESS = env.text("CLAMAV_ADDRESS", "")

# --- Languages, time, files -----------------------------------------------------------------------


def _documents_storage() -> dict[str, object]:
    """Customers' documents: a bucket of an S3-compatible storage, or without one a local folder."""
    bucket = env.text("DOCUMENTS_BUCKET", "")
    if not bucket:
        folder = env.text("DOCUMENTS_FOLDER", str(BASE_DIR / ".local" / "documents"))
        options = {
            "location": folder,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        }
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    # Costs a third of a second, so only those pay for it who have a bucket.
    from botocore.config import Config

    options = {
        "bucket_name": bucket,
        "endpoint_url": env.text("DOCUMENTS_S3_ENDPOINT", "") or None,
        "region_name": env.text("DOCUMENTS_S3_REGION", "us-east-1"),
        "access_key": env.text("DOCUMENTS_S3_ACCESS_KEY", "") or None,
        "secret_key": env.text("DOCUMENTS_S3_SECRET_KEY", "") or None,
        "default_acl": None,
        "file_overwrite": True,
        "querystring_auth": True,
        "client_config": Config(
            connect_timeout=3, read_timeout=20, retries={"max_attempts": 2}, s3={"addressing_style": "path"}
        ),
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
# Gathered for production only; see STORAGES.
STATIC_ROOT = None if LOCAL else BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "backoffice" / "static"]
STORAGES = {
    "default": _documents_storage(),
    # Made by `collectstatic` with the image; in local mode files are served as they lie.
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = LOCAL
