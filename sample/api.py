"""The shop's feed API: pages, ETags and a rate limit, from the JSON files in DIR/feeds.

Flow       DIR/feeds/<feed>.json  ->  GET /<feed>?page=N: {"items": [...], "next": "/<feed>?page=2"}
Publisher  the sample shop
Run        python -m sample.api DIR --port 8080
"""

import argparse
import hashlib
import json
import math
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE_SIZE = 100


class TokenBucket:
    """Lets `burst` requests through at once and `per_second` in the long run."""

    def __init__(self, per_second: float, burst: int) -> None:
        self.per_second = per_second
        self.burst = burst
        self._tokens = float(burst)
        self._then = time.monotonic()
        self._lock = threading.Lock()

    def wait(self) -> float:
        """Take a token: 0, or the seconds until there is one."""
        with self._lock:
            now = time.monotonic()
            self._tokens = min(self.burst, self._tokens + (now - self._then) * self.per_second)
            self._then = now
            if self._tokens >= 1:
                self._tokens -= 1
                return 0.0
            return (1 - self._tokens) / self.per_second


class FeedServer(ThreadingHTTPServer):
    """Serves one sample; reads the feed at each request, so a changed file shows at once."""

    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], directory: Path, bucket: TokenBucket, page_size: int
    ) -> None:
        super().__init__(address, _Handler)
        self.feeds = directory / "feeds"
        self.bucket = bucket
        self.page_size = page_size

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A reader that hung up is no error of ours, and nobody wants its traceback."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def page(self, feed: str, number: int) -> bytes | None:
        """The body of a page, None if there is no such feed."""
        if not feed.isidentifier():
            return None
        try:
            items = json.loads((self.feeds / f"{feed}.json").read_text("utf-8"))
        except FileNotFoundError:
            return None
        start = (number - 1) * self.page_size
        more = start + self.page_size < len(items)
        body = {
            "items": items[start : start + self.page_size],
            "next": f"/{feed}?page={number + 1}" if more else None,
        }
        return json.dumps(body, ensure_ascii=False).encode()


class _Handler(BaseHTTPRequestHandler):
    server: FeedServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        wait = self.server.bucket.wait()
        if wait:
            self._answer(
                HTTPStatus.TOO_MANY_REQUESTS,
                b'{"error": "too many requests"}',
                {"Retry-After": str(math.ceil(wait))},
            )
            return
        parts = urlsplit(self.path)
        number = parse_qs(parts.query).get("page", ["1"])[0]
        if not number.isdecimal() or int(number) < 1:
            self._answer(HTTPStatus.BAD_REQUEST, b'{"error": "page must be a number from 1"}')
            return
        body = self.server.page(parts.path.strip("/"), int(number))
        if body is None:
            self._answer(HTTPStatus.NOT_FOUND, b'{"error": "no such feed"}')
            return
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        known = [each.strip() for each in self.headers.get("If-None-Match", "").split(",")]
        if tag in known or f"W/{tag}" in known or "*" in known:
            self._answer(HTTPStatus.NOT_MODIFIED, b"", {"ETag": tag})
        else:
            self._answer(HTTPStatus.OK, body, {"ETag": tag})

    def _answer(
        self, status: HTTPStatus, body: bytes, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@contextmanager
def serve(
    directory: Path,
    *,
    port: int = 0,
    per_second: float = 20.0,
    burst: int = 10,
    page_size: int = PAGE_SIZE,
) -> Iterator[str]:
    """Serve the feeds of a sample on this machine only; yields the base URL.

    Errors  OSError: the port is taken
            FileNotFoundError: the folder holds no feeds
    """
    if not (directory / "feeds").is_dir():
        raise FileNotFoundError(f"{directory} holds no feeds; make a sample first: footfall sample")
    bucket = TokenBucket(per_second, burst)
    server = FeedServer(("127.0.0.1", port), directory, bucket, page_size)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def main() -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m sample.api", description=__doc__)
    parser.add_argument("directory", type=Path, help="folder that `footfall sample` wrote")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--per-second", type=float, default=20.0, help="requests in the long run")
    parser.add_argument("--burst", type=int, default=10, help="requests at once")
    options = parser.parse_args()
    try:
        with serve(
            options.directory,
            port=options.port,
            per_second=options.per_second,
            burst=options.burst,
        ) as url:
            feeds = ", ".join(
                f"{url}/{name}" for name in ("exchange_rates", "products", "ad_spend", "inventory")
            )
            print(f"{feeds}, until Ctrl-C", flush=True)
            with suppress(KeyboardInterrupt):
                threading.Event().wait()
    except OSError as error:
        print(f"sample.api: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
