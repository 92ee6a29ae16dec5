"""The feed API: whole feeds by pages, ETags, a rate limit that says when to come back."""

import http.client
import json
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from sample import generate
from sample.api import TokenBucket, serve

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("api") / "shop"
    generate(folder, events=1000)
    return folder


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    with serve(folder, per_second=1000, burst=1000) as base:
        yield base


def get(url: str, **headers: str) -> tuple[int, Message, Any]:
    """Status, headers and parsed body."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", address.path + f"?{address.query}", headers=names)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, json.loads(body) if body else None


@pytest.mark.parametrize("feed", ["exchange_rates", "products", "ad_spend", "inventory"])
def test_pages_make_up_the_feed(url: str, folder: Path, feed: str) -> None:
    items: list[Any] = []
    following: str | None = f"/{feed}"
    pages = 0
    while following:
        status, _, body = get(url + following)
        assert status == 200
        items += body["items"]
        following = body["next"]
        pages += 1
    expected = json.loads((folder / "feeds" / f"{feed}.json").read_text("utf-8"))
    assert items == expected
    assert pages == -(-len(expected) // 100) > 2
    assert get(f"{url}/{feed}?page=99")[2] == {"items": [], "next": None}


def test_an_unchanged_page_is_304(url: str, folder: Path) -> None:
    status, headers, _ = get(f"{url}/products?page=2")
    tag = headers["ETag"]
    assert status == 200
    status, headers, body = get(f"{url}/products?page=2", If_None_Match=f'"other", {tag}')
    assert (status, body, headers["ETag"]) == (304, None, tag)
    assert get(f"{url}/products?page=1", If_None_Match=tag)[0] == 200


def test_a_changed_feed_has_another_tag(tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    feed = tmp_path / "feeds/products.json"
    feed.write_text("[1]")
    with serve(tmp_path) as base:
        tag = get(f"{base}/products")[1]["ETag"]
        feed.write_text("[2]")
        status, _, body = get(f"{base}/products", If_None_Match=tag)
    assert (status, body["items"]) == (200, [2])


def test_too_many_requests_are_429(folder: Path) -> None:
    with serve(folder, per_second=0.5, burst=3) as base:
        answers = [get(f"{base}/products") for _ in range(5)]
    assert [status for status, _, _ in answers] == [200, 200, 200, 429, 429]
    assert answers[3][1]["Retry-After"] == "2"


def test_the_bucket_fills_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("sample.api.time.monotonic", lambda: now[0])
    bucket = TokenBucket(per_second=2, burst=2)
    assert [bucket.wait(), bucket.wait(), bucket.wait()] == [0, 0, 0.5]
    now[0] = 0.25
    assert bucket.wait() == 0.25
    now[0] = 60
    assert [bucket.wait(), bucket.wait(), bucket.wait()] == [0, 0, 0.5]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/products?page=0", 400),
        ("/products?page=x", 400),
        ("/orders", 404),
        ("/../truth/truth", 404),
        ("/", 404),
    ],
)
def test_wrong_requests_are_told_so(url: str, path: str, status: int) -> None:
    code, _, body = get(url + path)
    assert code == status
    assert body["error"]


def test_a_connection_serves_many_requests(url: str) -> None:
    connection = http.client.HTTPConnection(url.removeprefix("http://"))
    for _ in range(3):
        connection.request("GET", "/exchange_rates")
        answer = connection.getresponse()
        assert answer.status == 200
        answer.read()
    connection.close()


def test_it_runs_by_itself(folder: Path) -> None:
    command = [sys.executable, "-m", "sample.api", str(folder), "--port", "0"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        base = process.stdout.readline().split("/exchange_rates")[0]
        assert get(f"{base}/products")[0] == 200
        process.terminate()


def test_a_folder_without_feeds_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sample.api", str(tmp_path)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "holds no feeds" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_hangs_up_is_no_error(url: str, capfd: pytest.CaptureFixture[str]) -> None:
    """A reset while the answer is written: nobody sees a traceback of the server's thread."""
    address = urlsplit(url)
    with socket.create_connection(("127.0.0.1", address.port or 0)) as connection:
        # Closed with a reset instead of an end.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(b"GET /products HTTP/1.1\r\n")
    time.sleep(0.5)
    assert get(f"{url}/products?page=1")[0] == 200
    assert "Traceback" not in capfd.readouterr().err
