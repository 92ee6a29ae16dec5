"""`footfall features`: what is served of one customer, product …, in words and as JSON."""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.support import footfall, run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published file: accounts, devices with products, categories; all but the first for good."""
    home = tmp_path_factory.mktemp("served") / "warehouse"
    home.mkdir()
    with duckdb.connect(home / "marts.duckdb") as con:
        con.execute("""
            create schema features;
            create table main.table_keys as
                select * from (values
                    ('features', 'ftr_customer__latest', ['customer_id']),
                    ('features', 'ftr_visitor_product__latest', ['visitor_id', 'product_id']),
                    ('features', 'ftr_category__latest', ['category']),
                    ('features', 'ftr_customer__activity', ['customer_id', 'prediction_at'])
                ) as t (schema_name, table_name, key_columns);
            create table features.ftr_customer__latest as
                select 'C1' as customer_id, false as customer__activity__is_cold_start,
                    3 as event_count_7d, 0.1 + 0.2::double as sales_7d,
                    null::double as last_order__age_seconds, '[b]Tee & Ö' as top_category,
                    timestamp '2026-03-01 23:00:00' as prediction_at,
                    timestamp '2026-03-02 00:30:00' as available_as_of,
                    timestamp '2026-03-03 23:00:00' as expires_at,
                    7::ubigint as input_fingerprint;
            create table features.ftr_visitor_product__latest as
                select 'V1' as visitor_id, 'P1' as product_id, 1 as event_count_1d,
                    timestamp '2026-03-01 23:00:00' as prediction_at,
                    timestamp '2026-03-01 23:00:00' as available_as_of,
                    timestamp '9999-01-01 00:00:00' as expires_at;
            create table features.ftr_category__latest as
                select 'Tee & Ö' as category, 2 as product_count,
                    timestamp '2026-03-01 23:00:00' as prediction_at,
                    timestamp '2026-03-01 23:00:00' as available_as_of,
                    timestamp '9999-01-01 00:00:00' as expires_at;
        """)
    return home


def test_keys_moment_expiry_and_values_are_shown(home: Path) -> None:
    lines = footfall("features", "customer", "C1", home=home).splitlines()
    assert lines[:3] == [
        "customer: customer_id C1",
        "as of 2026-03-01T23:00:00.000000Z, known by 2026-03-02T00:30:00.000000Z",
        "EXPIRED, too old to decide by: it was good until 2026-03-03T23:00:00.000000Z",
    ]
    cells = [[cell.strip() for cell in line.split("│")[1:3]] for line in lines if "│" in line]
    assert cells == [
        ["customer__activity__is_cold_start", "false"],
        ["event_count_7d", "3"],
        ["sales_7d", "0.30000000000000004"],
        ["last_order__age_seconds", "null"],
        ["top_category", '"[b]Tee & Ö"'],
    ]


def test_what_has_not_expired_says_until_when(home: Path) -> None:
    lines = footfall("features", "visitor_product", "V1", "P1", home=home).splitlines()
    assert lines[0] == "visitor_product: visitor_id V1, product_id P1"
    assert lines[2] == "good until 9999-01-01T00:00:00.000000Z"


def test_programs_read_json(home: Path) -> None:
    assert json.loads(footfall("features", "customer", "C1", "--json", home=home)) == {
        "entity": "customer",
        "customer_id": "C1",
        "prediction_at": "2026-03-01T23:00:00.000000Z",
        "available_as_of": "2026-03-02T00:30:00.000000Z",
        "expires_at": "2026-03-03T23:00:00.000000Z",
        "is_expired": True,
        "features": {
            "customer__activity__is_cold_start": False,
            "event_count_7d": 3,
            "sales_7d": 0.1 + 0.2,
            "last_order__age_seconds": None,
            "top_category": "[b]Tee & Ö",
        },
    }
    told = json.loads(footfall("features", "visitor_product", "V1", "P1", "--json", home=home))
    assert (told["is_expired"], told["product_id"]) == (False, "P1")


def test_what_would_be_taken_out_of_a_line_stays_in_json(tmp_path: Path) -> None:
    """A password up to the next quote would take the bracket along; and JSON has no NaN."""
    url = "https://u:pw@h/?token=abc"
    with duckdb.connect(tmp_path / "marts.duckdb") as con:
        con.execute(f"""
            create schema features;
            create table main.table_keys as select 'features' as schema_name,
                'ftr_page__latest' as table_name, ['page'] as key_columns;
            create table features.ftr_page__latest as select 'p' as page, '{url}' as last_url,
                'nan'::double as share, '-inf'::float as rate, timestamp '2026-03-01' as expires_at;
        """)
    told = footfall("features", "page", "p", "--json", home=tmp_path)
    features = json.loads(told, parse_constant=pytest.fail)["features"]
    assert features == {"last_url": url, "share": None, "rate": None}


def test_a_key_that_is_a_name_is_no_feature(home: Path) -> None:
    lines = footfall("features", "category", "Tee & Ö", home=home).splitlines()
    assert lines[0] == "category: category Tee & Ö"
    told = json.loads(footfall("features", "category", "Tee & Ö", "--json", home=home))
    assert (told["category"], told["features"]) == ("Tee & Ö", {"product_count": 2})


def asked(home: Path, *ids: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "ingestion", "features", *ids, home=home)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (("shelf", "S1"), "unknown entity 'shelf'. Served: category, customer, visitor_product."),
        (
            ("customer", "c1"),
            "no customer 'c1' is served: it is unknown, or did nothing of late. Who is: "
            "features.ftr_customer__latest",
        ),
        (
            ("visitor_product", "P1", "V1"),
            "no visitor_product 'P1 V1' is served: it is unknown, or did nothing of late. Who is: "
            "features.ftr_visitor_product__latest",
        ),
        (
            ("visitor_product", "V1"),
            "a visitor_product is named by visitor_id and product_id, got 1: V1. Write: "
            "footfall features visitor_product VISITOR_ID PRODUCT_ID",
        ),
        (
            ("customer", "C1", "C2"),
            "a customer is named by customer_id, got 2: C1 C2. Write: "
            "footfall features customer CUSTOMER_ID",
        ),
    ],
)
def test_what_is_not_served_is_told_in_a_sentence(
    home: Path, ids: tuple[str, ...], message: str
) -> None:
    done = asked(home, *ids)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"error: {message}\n")


def test_a_file_that_serves_nothing_is_told(tmp_path: Path) -> None:
    done = asked(tmp_path, "customer", "C1")
    assert done.returncode == 2
    assert done.stderr == (
        f"error: nothing was published yet: {tmp_path / 'marts.duckdb'} does not exist. Run: "
        "footfall run\n"
    )
    duckdb.connect(tmp_path / "marts.duckdb").close()
    done = asked(tmp_path, "customer", "C1")
    assert done.returncode == 2
    assert "error: unknown entity 'customer'. Served: none; run: footfall run." in done.stderr
    (tmp_path / "marts.duckdb").write_bytes(b"x" * 5000)
    done = asked(tmp_path, "customer", "C1")
    assert done.returncode == 1
    assert f"error: {tmp_path / 'marts.duckdb'} cannot be read: " in done.stderr
    assert "Traceback" not in done.stderr
