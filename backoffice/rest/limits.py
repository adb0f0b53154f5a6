"""How often a token may ask. The counts are in PostgreSQL, so that they hold with the broker gone."""

import time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

if TYPE_CHECKING:
    from rest_framework.views import APIView

MINUTE = 60


class TokenThrottle(BaseThrottle):
    """So many requests a minute for each token (API_REQUESTS_PER_MINUTE)."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        client: Any = request.auth
        if client is None:
            return True
        self.window, passed = divmod(time.time(), MINUTE)
        self.left = MINUTE - passed
        key = f"api:{client.pk}:{int(self.window)}"
        cache.add(key, 0, 2 * MINUTE)
        try:
            return bool(cache.incr(key) <= settings.API_REQUESTS_PER_MINUTE)
        except ValueError:  # swept away between the two: a new minute
            return True

    def wait(self) -> float:
        return self.left + 1
