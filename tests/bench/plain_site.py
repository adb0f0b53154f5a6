"""Contestant: a plain Django view that does one unchecked `objects.create` under the stock middleware."""

import json
import os

import dj_database_url
import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY="only-for-this-measurement-0123456789-0123456789-0123456789",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={"default": dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=600)},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402

from tests.bench import event  # noqa: E402
from tests.bench.rounds import serve  # noqa: E402
from tests.bench.wsgi_caller import environ, timed  # noqa: E402


class PlainEvent(models.Model):
    event_id = models.CharField(max_length=64)
    event_type = models.CharField(max_length=80)
    body = models.JSONField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "bench"
        db_table = "bench_plain_event"

    def __str__(self) -> str:
        return self.event_id


@csrf_exempt
def receive(request: HttpRequest) -> HttpResponse:
    body = json.loads(request.body)
    PlainEvent.objects.create(event_id=body["eventId"], event_type=body["eventType"], body=body)
    return HttpResponse(status=202)


urlpatterns = [path("plain/", receive)]
application = get_wsgi_application()


def run(count: int, _word: str) -> float:
    requests = [environ("/plain/", json.dumps(event.fresh()).encode(), {}) for _ in range(count)]
    return timed(application, requests, expected="202")


if __name__ == "__main__":
    with connection.schema_editor() as editor:
        if PlainEvent._meta.db_table not in connection.introspection.table_names():
            editor.create_model(PlainEvent)
    serve(run)
