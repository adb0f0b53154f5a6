"""How much signing costs beside the bare HMAC that it cannot do without."""

import hmac
import time
from datetime import UTC, datetime

from backoffice.oceafin import signing
from tests.bench.rounds import interleaved, median_ratio, report

COUNT = 20_000
SECRET = "s" * 48
BODY = b"x" * 700


def run() -> None:
    now = datetime.now(UTC)
    key = SECRET.encode()

    def bare() -> float:
        begun = time.perf_counter()
        for _ in range(COUNT):
            hmac.digest(key, BODY, "sha256")
        return time.perf_counter() - begun

    def ours() -> float:
        timestamp = signing.format_timestamp(now)
        begun = time.perf_counter()
        for _ in range(COUNT):
            base = signing.base_string(
                method="POST",
                path_url="/partner/v1/customers",
                body=BODY,
                timestamp=timestamp,
                nonce="0123456789abcdef0123456789abcdef",
                idempotency_key="cust-100001:create",
            )
            signing.sign(SECRET, base)
        return time.perf_counter() - begun

    times = interleaved(bare, ours)
    micros = [f"{side / COUNT * 1e6:.1f} µs" for side in times[0]]
    report(
        name="signing 700 bytes vs a bare hmac.digest",
        ratio=median_ratio(times),
        goal="<= 2.5",
        detail=f"bare {micros[0]}, base string and signature {micros[1]}",
    )
