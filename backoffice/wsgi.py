"""The web process: `gunicorn backoffice.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
django_application = get_wsgi_application()

# After the settings are read: the door needs the secrets and the database.
from webhooks.door import in_front_of  # noqa: E402

application = in_front_of(django_application)
