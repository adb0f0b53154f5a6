# The production image: the libraries of requirements-production.lock and the code, run by a user without rights.
FROM python:3.11-slim AS libraries
COPY requirements-production.lock /
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
       -r /requirements-production.lock

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin backoffice
COPY --from=libraries /opt/venv /opt/venv
# Where the simulator keeps its book; a new volume takes over the owner of the folder that it covers.
RUN install --directory --owner=backoffice /state
WORKDIR /app
COPY manage.py ./
COPY backoffice ./backoffice
COPY customers ./customers
COPY onboarding ./onboarding
COPY payments ./payments
COPY webhooks ./webhooks
COPY templates ./templates
# Gathers and names the static files. It needs settings to load, none of which stays in the image.
RUN SECRET_KEY=build FIELD_KEYS=build AUDIT_KEY=build ALLOWED_HOSTS=build \
    BUSINESS_TIME_ZONE=UTC BASE_CURRENCY=EUR \
    OCEAFIN_PARTNER_API_BASE_URL=https://build.invalid OCEAFIN_PARTNER_API_CLIENT_ID=build \
    OCEAFIN_PARTNER_API_CLIENT_SECRET=build OCEAFIN_PARTNER_API_WEBHOOK_SECRET=build \
    DATABASE_URL=postgres://build.invalid/build REDIS_URL=redis://build.invalid \
    python manage.py collectstatic --noinput
USER backoffice
EXPOSE 8000
CMD ["gunicorn", "backoffice.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--no-control-socket", "--worker-tmp-dir", "/dev/shm"]
