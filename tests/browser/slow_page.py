"""A page whose text comes a moment after the browser has turned to it, as from a machine with much to do."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Longer than the browser takes for the questions that a test has about an empty page.
HELD_BACK = 0.5


@contextmanager
def slow_page(html: str) -> Iterator[str]:
    """Its address, on loopback, for as long as the block runs."""

    class Slow(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.flush()
            threading.Event().wait(HELD_BACK)
            self.wfile.write(html.encode())

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        serving.join()
