"""A paginated API over real HTTP: pages land once, trouble ends in a sentence."""

import json
import time
from collections.abc import Callable

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

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
    pages = {
        "1": page('{"id": 1, "price": 1.50, "n": 123456789012345678901}, {"id": "ä"}', 2),
        "2": page("1e3, null", None),
    }
    log = serve(httpserver, pages)
    url = httpserver.url_for("")
    assert shop.ingest(feeds=url).code == 0
    assert shop.payloads("feeds.products") == [
        '{"id":1,"price":1.50,"n":123456789012345678901}',
        '{"id":"ä"}',
        "1e3",
        "null",
    ]
    assert shop.ingest(feeds=url).code == 0
    assert log == ["1 200", "2 200", "1 304", "2 304"]
    assert shop.sql("select name, row_count from feeds._files order by name") == [
        ("/products", 2),
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
