"""A paginated API over real HTTP: pages land once, trouble ends in a sentence."""

import contextlib
import hashlib
import json
import re
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote, urlsplit

import duckdb
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from ingestion.sources.rest import origin
from tests.ingestion.harness import Shop

Pages = dict[str, str]


def serve(server: HTTPServer, pages: Pages) -> list[str]:
    """Answer /products?page=N from the pages; returns the log of what was asked."""
    log: list[str] = []

    def answer(request: Request) -> Response:
        page = request.args.get("page", "1")
        body = pages[page]
        response = Response(body, content_type="application/json")
        response.set_etag(str(hash(body)))
        response.make_conditional(request)
        log.append(f"{page} {response.status_code}")
        return response

    server.expect_request("/products").respond_with_handler(answer)
    return log


def page(items: str, following: int | None) -> str:
    link = json.dumps(f"/products?page={following}" if following else None)
    return f'{{"items": [{items}], "next": {link}}}'


def test_pages_land_as_sent_and_are_asked_for_once(shop: Shop, httpserver: HTTPServer) -> None:
    # Spaces, a doubled key, an escape and what is no JSON by the letter: all as it came.
    first = '{"id": 1, "price": 1.50,\n"n": 123456789012345678901}'
    others = ['{"id":"ä"}', r'{"id": "\u00e4 \ud800", "id": 2}', '{"price": NaN}']
    pages = {
        "1": page(" , ".join([first, *others]), 2),
        "2": page("1e3, null", None),
    }
    log = serve(httpserver, pages)
    url = httpserver.url_for("")
    assert shop.ingest(feeds=url).code == 0
    assert shop.payloads("feeds.products") == [first, *others, "1e3", "null"]
    assert shop.ingest(feeds=url).code == 0
    assert log == ["1 200", "2 200", "1 304", "2 304"]
    assert shop.sql("select name, row_count from feeds._files order by name") == [
        ("/products", 4),
        ("/products?page=2", 2),
    ]

    # A page that changes lands again, under the same name.
    pages["2"] = page("5", None)
    assert shop.ingest(feeds=url).code == 0
    assert log[4:] == ["1 304", "2 200"]
    assert shop.sql(
        "select payload from feeds.products where _source_file = '/products?page=2' "
        "order by _loaded_at, _row_number"
    ) == [("1e3",), ("null",), ("5",)]


def test_a_passing_error_is_tried_again(shop: Shop, httpserver: HTTPServer) -> None:
    answers = [
        Response(status=429, headers={"Retry-After": "0"}),
        Response(status=500),
        Response(page("1", None)),
    ]
    httpserver.expect_request("/products").respond_with_handler(lambda request: answers.pop(0))
    assert shop.ingest(feeds=httpserver.url_for("")).code == 0
    assert shop.payloads("feeds.products") == ["1"]


def endless(request: Request) -> Response:
    number = int(request.args.get("page", "1"))
    return Response(page(str(number), number + 1))


def circle(request: Request) -> Response:
    number = int(request.args.get("page", "1"))
    return Response(page(str(number), number % 3 + 1))


def itself(request: Request) -> Response:
    return Response('{"items": [1], "next": "/products"}')


def redirected(request: Request) -> Response:
    return Response(status=302, headers={"Location": "http://127.0.0.2:1/x"})


def slow(request: Request) -> Response:
    time.sleep(0.3)
    return endless(request)


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        (endless, 1, "more than 20 pages"),
        (circle, 1, "repeats an earlier page"),
        (itself, 1, "a second time"),
        (slow, 1, "more than 1 s"),
        (lambda request: Response(status=500), 1, "answered 500"),
        (lambda request: Response(status=404), 2, "answered 404"),
        (lambda request: Response(status=401), 2, "answered 401"),
        (lambda request: Response("<html>"), 1, "is no JSON"),
        (lambda request: Response("{}"), 1, "has no list at 'items'"),
        (
            lambda request: Response(page("1", None).replace("null", '"http://127.0.0.2:1/x"')),
            1,
            "another host",
        ),
        (redirected, 1, "redirects to another host, http://127.0.0.2:1/x"),
        (lambda request: Response('{"items": [1], "next": 2}'), 1, "not as a text"),
        (lambda request: Response('{"items": [1], "next": {"href": "/x"}}'), 1, "not as a text"),
        (lambda request: Response(r'{"items": [1], "next": "/\ud800"}'), 1, "not as a text"),
        (lambda request: Response(b'{"items": ["\xff"]}'), 1, "is no JSON"),
        (
            lambda request: Response('{"items": [1], "next": "http://u:pw@["}'),
            1,
            "'http://u:***@['",
        ),
        (lambda request: Response('{"items": [1], "next": "//h:99999"}'), 1, "is no address"),
        (
            lambda request: Response('{"items": [1], "next": "http://u:hunter2/@h"}'),
            1,
            "cast to integer value as '***'",
        ),
    ],
)
def test_trouble_lands_nothing_of_the_source(
    shop: Shop,
    httpserver: HTTPServer,
    answer: Callable[[Request], Response],
    code: int,
    says: str,
) -> None:
    shop.configure(feeds={"max_pages": 20, "max_seconds": 1 if answer is slow else 60})
    httpserver.expect_request("/products").respond_with_handler(answer)
    shop.write("in/day.jsonl", "1\n")
    done = shop.ingest(feeds=httpserver.url_for(""), web="in")
    assert done.code == code
    assert "source feeds" in done.err
    assert says in done.err
    assert shop.payloads() == ["1"]
    assert shop.sql("select 1 from duckdb_tables() where table_name = 'products'") == []


def test_nobody_answers(shop: Shop) -> None:
    done = shop.ingest(feeds="http://127.0.0.1:1")
    assert (done.code, "no answer from http://127.0.0.1:1/products" in done.err) == (2, True)


def test_headers_come_from_the_environment(shop: Shop, httpserver: HTTPServer) -> None:
    shop.configure(feeds={"headers": {"Authorization": "Bearer ${FEEDS_TOKEN}"}})
    shop.environment = {"FEEDS_TOKEN": "hunter2"}
    httpserver.expect_request(
        "/products", headers={"Authorization": "Bearer hunter2"}
    ).respond_with_data(page("1", None))
    done = shop.ingest(feeds=httpserver.url_for(""))
    assert (done.code, "hunter2" in done.text) == (0, False)

    shop.configure(feeds={"headers": {"Authorization": "Bearer hunter2"}})
    done = shop.ingest(feeds=httpserver.url_for(""))
    assert (done.code, "headers.Authorization holds a secret" in done.err) == (2, True)


@pytest.mark.parametrize("header", ["X-Api-Key", "access_key", "Key", "Signature", "pwd"])
def test_a_secret_header_is_known_by_its_name(shop: Shop, header: str) -> None:
    shop.configure(feeds={"headers": {header: "hunter2"}})
    done = shop.ingest(feeds="http://127.0.0.1:1")
    assert (done.code, f"headers.{header} holds a secret" in done.err) == (2, True)
    assert "hunter2" not in done.text


def test_a_secret_in_a_path_comes_from_the_environment(shop: Shop, httpserver: HTTPServer) -> None:
    def feeds(path: str) -> dict[str, object]:
        return {"entities": {"products": {"path": path, "items": "items", "next": "next"}}}

    shop.configure(feeds=feeds("/products?X-API-Key=hunter2"))
    done = shop.ingest(feeds=httpserver.url_for(""))
    assert (done.code, "entities.products.path holds a secret" in done.err) == (2, True)
    assert "hunter2" not in done.text

    def answer(request: Request) -> Response:
        assert request.args["X-API-Key"] == "hunter2"
        if "page" in request.args:
            return Response(status=404)
        body = page("1", None).replace("null", '"/products?X-API-Key=hunter2&page=2"')
        return Response(body if request.args.get("one") else page("1", None))

    httpserver.expect_request("/products").respond_with_handler(answer)
    shop.environment = {"FEEDS_KEY": "hunter2"}
    shop.configure(feeds=feeds("/products?X-API-Key=${FEEDS_KEY}"))
    assert shop.ingest(feeds=httpserver.url_for("")).code == 0
    assert shop.sql("select distinct _source_file from feeds.products") == [
        ("/products?X-API-Key=***",)
    ]
    # What the API answers may quote the secret too, and so may a message.
    shop.configure(feeds=feeds("/products?one=1&X-API-Key=${FEEDS_KEY}"))
    done = shop.ingest(feeds=httpserver.url_for(""))
    assert (done.code, "answered 404" in done.err) == (2, True)
    kept = b"".join(path.read_bytes() for path in shop.home.rglob("*") if path.is_file())
    assert b"hunter2" not in done.text.encode() + kept


def test_the_user_of_an_address_goes_along_to_the_next_page(
    shop: Shop, httpserver: HTTPServer
) -> None:
    def answer(request: Request) -> Response:
        assert request.headers["Authorization"] == f"Basic {b64encode(b'u:hunter2').decode()}"
        following = httpserver.url_for("/products?page=2")
        link = "null" if "page" in request.args else json.dumps(following)
        return Response(page(str(len(request.args)), None).replace("null", link))

    httpserver.expect_request("/products").respond_with_handler(answer)
    shop.environment = {"FEEDS_PASSWORD": "hunter2"}
    address = httpserver.url_for("").replace("://", "://u:${FEEDS_PASSWORD}@")
    done = shop.ingest(feeds=address)
    assert done.code == 0, done.err
    assert shop.payloads("feeds.products") == ["0", "1"]


def test_a_host_is_the_same_however_it_is_written(shop: Shop, httpserver: HTTPServer) -> None:
    """In the location, in a next link and in a redirect, which does not repeat the user either."""
    pages = {"1": '{"items": [1], "next": "%s"}', "2": page("2", None)}
    log = serve(httpserver, pages)
    pages["1"] %= httpserver.url_for("/products?page=2")
    assert shop.load(feeds=httpserver.url_for("").replace("localhost", "LocalHost")) == []
    assert shop.payloads("feeds.products") == ["1", "2"]

    moved = {"Location": httpserver.url_for("/products?page=2").replace("localhost", "LOCALHOST")}
    httpserver.expect_request("/moved/products").respond_with_data(status=302, headers=moved)
    shop.load(feeds=httpserver.url_for("/moved").replace("://", "://u:pw@"))
    assert log == ["1 200", "2 200", "2 200"]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("https://host/a", "https://HOST:443", True),
        ("http://u:pw@host:80", "http://host:", True),
        ("http://[::1]:80", "http://[::1]", True),
        ("http://host", "https://host", False),
        ("http://host", "http://host:443", False),
        ("http://host", "http://host:0", False),
        ("http://host.a", "http://host.b", False),
    ],
)
def test_the_port_of_a_scheme_need_not_be_written(one: str, other: str, is_same: bool) -> None:
    assert (origin(urlsplit(one)) == origin(urlsplit(other))) is is_same


def test_a_key_that_no_name_gives_away_is_never_shown(shop: Shop, httpserver: HTTPServer) -> None:
    """In the path of the location, and as a parameter that is called like any other."""
    shop.configure(
        feeds={
            "location": httpserver.url_for("/v6/${PATH_KEY}"),
            "entities": {
                "products": {"path": "/latest?app_id=${APP}", "items": "items", "next": "next"}
            },
        }
    )
    shop.environment = {"PATH_KEY": "hunter2", "APP": "sesame"}
    link = page("1", None).replace("null", '"/v6/hunter2/latest?app_id=sesame&page=2"')
    for query, response in (
        ({"app_id": "sesame"}, Response(link)),
        ({"app_id": "sesame", "page": "2"}, Response(status=404)),
    ):
        httpserver.expect_ordered_request(
            "/v6/hunter2/latest", query_string=query
        ).respond_with_response(response)
    done = shop.run("ingest", "--source=feeds")
    assert (done.code, "/v6/***/latest?app_id=***&page=2 answered 404" in done.err) == (2, True)
    httpserver.expect_request("/v6/hunter2/latest").respond_with_data(page("1", None))
    assert shop.run("ingest", "--source=feeds").code == 0
    assert shop.sql("select distinct name, _source_file from feeds._files") == [
        ("/v6/***/latest?app_id=***", "/v6/***/latest?app_id=***")
    ]
    kept = b"".join(path.read_bytes() for path in shop.home.rglob("*") if path.is_file())
    for secret in (b"hunter2", b"sesame"):
        assert secret not in done.text.encode() + kept


def test_a_link_that_quotes_the_secret_is_kept_masked(shop: Shop, httpserver: HTTPServer) -> None:
    def answer(request: Request) -> Response:
        link = None if "page" in request.args else '"/products?page=2&token=hunter2"'
        response = Response(page("1", None).replace("null", link or "null"))
        response.set_etag("same")
        return response.make_conditional(request)

    httpserver.expect_request("/products").respond_with_handler(answer)
    for _ in range(2):
        assert shop.ingest(feeds=httpserver.url_for("")).code == 0
    assert shop.sql("select next_page from feeds._files where next_page is not null") == [
        ("/products?page=2&token=***",)
    ]
    assert shop.sql("select count(*) from feeds.products") == [(2,)]
    kept = b"".join(path.read_bytes() for path in shop.home.rglob("*") if path.is_file())
    assert b"hunter2" not in kept


def test_pages_behind_a_cursor_have_names_of_their_own(shop: Shop, httpserver: HTTPServer) -> None:
    """A cursor is masked like a secret. ETags count the versions of one page, as they may."""
    pages = {
        "": '{"items": [1], "next": "/products?page_token=A"}',
        "A": '{"items": [2], "next": "/products?page_token=B"}',
        "B": page("3", None),
    }
    versions = dict.fromkeys(pages, 1)

    def answer(request: Request) -> Response:
        token = request.args.get("page_token", "")
        response = Response(pages[token])
        response.set_etag(f"version {versions[token]}")
        return response.make_conditional(request)

    httpserver.expect_request("/products").respond_with_handler(answer)
    url = httpserver.url_for("")
    shop.load(feeds=url)
    shop.load(feeds=url)
    assert shop.sql("select count(*) from feeds._files") == [(3,)]
    pages["B"], versions["B"] = page("3, 4", None), 2
    shop.load(feeds=url)
    query = "select list(payload order by _loaded_at, payload) from feeds.products"
    assert shop.sql(query) == [(["1", "2", "3", "3", "4"],)]

    names = [name for (name,) in shop.sql("select distinct name from feeds._files order by name")]
    assert [re.sub("[0-9a-f]{8}$", "", name) for name in names] == [
        "/products",
        "/products?page_token=***#",
        "/products?page_token=***#",
    ]

    # As an earlier version named them: each is read once more, and lands no second time.
    with duckdb.connect(shop.home / "landing.duckdb") as con:
        con.execute("update feeds._files set name = split_part(name, '#', 1)")
        con.execute("update feeds._files set _source_file = name")
    for _ in range(2):
        shop.load(feeds=url)
    assert shop.sql("select status, count(*) from feeds._files group by 1 order by 1") == [
        ("landed", 4),
        ("redelivered", 2),
    ]
    assert shop.sql(query) == [(["1", "2", "3", "3", "4"],)]


def test_a_new_key_leaves_the_pages_their_names(shop: Shop, httpserver: HTTPServer) -> None:
    def answer(request: Request) -> Response:
        if "page_token" in request.args:
            return Response(page("2", None))
        key = quote(request.args["api_key"], safe="")
        return Response(page("1", None).replace("null", f'"?api_key={key}&page_token=A"'))

    httpserver.expect_request("/products").respond_with_handler(answer)
    entity = {"path": "/products?api_key=${FEEDS_KEY}", "items": "items", "next": "next"}
    shop.configure(feeds={"entities": {"products": entity}})
    # The first page quotes the key: its bytes are others.
    for key, count in (("hunter2", 2), ("ses/ame==", 3)):
        shop.environment = {"FEEDS_KEY": key}
        assert shop.ingest(feeds=httpserver.url_for("")).code == 0
        assert shop.sql("select count(*) from feeds._files") == [(count,)]
    names = shop.sql("select distinct name from feeds._files order by name")
    # Nothing of the key is in it.
    digits = hashlib.sha256(b"/products?api_key=***&page_token=A").hexdigest()[:8]
    assert names == [
        ("/products?api_key=***",),
        (f"/products?api_key=***&page_token=***#{digits}",),
    ]


def answer(httpserver: HTTPServer, body: str, has_etags: bool) -> list[str]:
    """One page; the log of serve, empty without ETags."""
    if has_etags:
        return serve(httpserver, {"1": body})
    httpserver.expect_request("/products").respond_with_data(body)
    return []


def read_with(shop: Shop, items: str, following: str, **settings: str) -> None:
    """Configure where the items and the next link stand."""
    entity = {"path": "/products", "items": items, "next": following}
    shop.configure(feeds={"entities": {"products": entity}, **settings})


def test_a_corrected_next_brings_the_pages_behind_it(shop: Shop, httpserver: HTTPServer) -> None:
    pages = {
        "1": '{"items": [1], "links": {"next": "/products?page=2"}}',
        "2": '{"items": [2], "links": {}}',
    }
    log = serve(httpserver, pages)
    url = httpserver.url_for("")
    shop.load(feeds=url)
    assert shop.payloads("feeds.products") == ["1"]
    read_with(shop, "items", "links.next")
    shop.load(feeds=url)
    assert shop.payloads("feeds.products") == ["1", "2"]
    shop.load(feeds=url)
    assert log == ["1 200", "1 200", "2 200", "1 304", "2 304"]


@pytest.mark.parametrize("has_etags", [True, False])
def test_corrected_items_bring_their_rows(
    shop: Shop, httpserver: HTTPServer, has_etags: bool
) -> None:
    """The bytes are known, what is read of them is not; each step is loaded twice."""
    body = '{"none": [], "ids": [7, 8], "items": [1, 2], "next": null}'
    log = answer(httpserver, body, has_etags)
    counts = []
    warned = []
    for items in ("none", "ids", "items", "$.items", "ids"):
        read_with(shop, items, "next")
        for _ in range(2):
            warned += shop.load(feeds=httpserver.url_for(""))
            counts += shop.sql("select count(*), count(distinct _file_id) from feeds.products")
    assert counts == [*[(0, 0)] * 2, *[(2, 1)] * 2, *[(4, 2)] * 6]
    assert shop.sql("select payload from feeds.products order by 1") == [
        ("1",),
        ("2",),
        ("7",),
        ("8",),
    ]
    # Once: where nothing had landed before, and where nothing lands, nobody has to choose.
    (warning,) = warned
    assert warning.startswith("source feeds: products: 1 page landed earlier with other items")
    assert "on_restate: replace" in warning
    if has_etags:
        assert log == ["1 200", "1 304"] * 5


def test_what_replaces_is_not_warned_of(shop: Shop, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/products").respond_with_data('{"ids": [7], "items": [1]}')
    for items in ("ids", "items"):
        read_with(shop, items, "next", on_restate="replace")
        assert shop.load(feeds=httpserver.url_for("")) == []
    query = "select name, status, row_count from feeds._files"
    assert shop.sql(query) == [("/products", "landed", 1)] * 2


@pytest.mark.parametrize("has_etags", [True, False])
def test_a_page_of_an_earlier_version_is_read_once_more(
    shop: Shop, httpserver: HTTPServer, has_etags: bool
) -> None:
    body = '{"none": [], "ids": [7, 8], "items": [1, 2]}'
    log = answer(httpserver, body, has_etags)

    def rows(items: str, is_older: bool = False) -> list[tuple[str, int]]:
        if is_older:
            with duckdb.connect(shop.home / "landing.duckdb") as con:
                con.execute("""
                    update feeds._files
                    set listing_version = nullif(split_part(listing_version, '~', 1), '')
                """)
        read_with(shop, items, "next")
        for _ in range(2):
            shop.load(feeds=httpserver.url_for(""))
        return shop.sql("select payload, count(*) from feeds.products group by 1 order by 1")

    assert rows("none") == []
    assert rows("ids", is_older=True) == [("7", 1), ("8", 1)]
    # As many, and yet others: where they stand is known by now.
    assert rows("items") == [("1", 1), ("2", 1), ("7", 1), ("8", 1)]
    assert shop.sql("select distinct status from feeds._files") == [("landed",)]
    if has_etags:
        assert log == ["1 200", "1 304"] * 3


def test_equally_many_items_of_an_earlier_version_are_told_apart(
    shop: Shop, httpserver: HTTPServer
) -> None:
    """From the first load on that says where they stand."""
    httpserver.expect_request("/products").respond_with_data('{"ids": [7], "items": [1]}')
    read_with(shop, "ids", "next")
    shop.load(feeds=httpserver.url_for(""))
    with duckdb.connect(shop.home / "landing.duckdb") as con:
        con.execute("update feeds._files set listing_version = null")
    shop.load(feeds=httpserver.url_for(""))
    read_with(shop, "items", "next")
    for _ in range(3):
        shop.load(feeds=httpserver.url_for(""))
    assert sorted(shop.payloads("feeds.products")) == ["1", "7"]
    assert shop.sql("select status from feeds._files order by _loaded_at") == [
        ("landed",),
        ("redelivered",),
        ("landed",),
    ]


class Answers:
    """A server that sends blanks one by one, for ever, or the given body and hangs up.

    header: one that is cut off behind its colon is what never ends.
    """

    def __init__(self, status: str, header: str, body: bytes = b"") -> None:
        self._body = body
        end = "" if header.endswith(":") else "\r\n\r\n"
        self._head = f"HTTP/1.1 {status}\r\n{header}{end}".encode()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._drip, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _drip(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            connection.sendall(self._head)
            connection.sendall(self._body)
            while not self._body and not self._stopped.wait(0.05):
                connection.sendall(b" ")

    def stop(self) -> None:
        self._stopped.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(5)


@pytest.mark.parametrize(
    ("status", "header", "says"),
    [
        ("200 OK", "Connection: close", "more than 2 s"),
        ("200 OK", "Content-Length: 1000000", "more than 2 s"),
        ("200 OK", "X-Answer:", "more than 2 s"),
        (
            "429 Slowly",
            "Retry-After: 30\r\nConnection: close",
            "answer was 429, which asks to wait 30",
        ),
        ("302 Away", "Location: http://127.0.0.1:99999/", "another host, http://127.0.0.1:99999/"),
        ("503 Later", "Retry-After: soon\r\nConnection: close", "answered 503 6 times"),
        ("503 Never", "Retry-After: Wed, 21 Oct 99999 07:28:00 GMT\r\nConnection: close", "503 6"),
        ("500 Sorry", "Connection: close", "answered 500 6 times"),
    ],
)
def test_an_answer_that_never_ends_is_given_up(
    shop: Shop, status: str, header: str, says: str
) -> None:
    shop.configure(feeds={"max_seconds": 60 if status[0] == "5" else 2})
    server = Answers(status, header)
    try:
        started = time.monotonic()
        done = shop.ingest(feeds=server.url)
    finally:
        server.stop()
    assert (done.code, says in done.err) == (1, True)
    assert time.monotonic() - started < 25


def test_a_body_that_breaks_off_or_is_huge_lands_nothing(
    shop: Shop, httpserver: HTTPServer
) -> None:
    server = Answers("200 OK", "Content-Length: 9999", page("1", None).encode())
    try:
        done = shop.ingest(feeds=server.url)
    finally:
        server.stop()
    assert (done.code, "broke off" in done.err) == (1, True)

    httpserver.expect_request("/products").respond_with_data(" " * (3 << 20) + page("1", None))
    script = "from ingestion import cli\nfrom ingestion.sources import rest\n"
    script += "rest.MAX_BODY_BYTES = 2 << 20\ncli.main()\n"
    launcher = str(shop.write("launcher.py", script))
    option = f"--source=feeds={httpserver.url_for('')}"
    done = shop.run("ingest", option, launcher=launcher)
    assert (done.code, "sent more than 2 MB" in done.err) == (1, True)


def test_an_optional_path_may_be_missing_but_not_go(shop: Shop, httpserver: HTTPServer) -> None:
    answers = [Response(status=404), Response(page("1", None)), Response(status=404)]
    httpserver.expect_request("/ads").respond_with_handler(lambda request: answers.pop(0))
    entity = {"path": "/ads", "items": "items", "next": "next", "optional": True}
    shop.configure(feeds={"entities": {"ads": entity}})
    assert shop.ingest(feeds=httpserver.url_for("")).code == 0
    assert shop.ingest(feeds=httpserver.url_for("")).code == 0
    assert shop.payloads("feeds.ads") == ["1"]
    done = shop.ingest(feeds=httpserver.url_for(""))
    assert (done.code, "answered 404" in done.err) == (2, True)
    assert shop.payloads("feeds.ads") == ["1"]
