"""Online Retail, the real invoices of a shop, gives its published figures to the cent.

The data is not part of the project: without ../shared/data these tests skip.
"""

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support import SHARED, footfall, opened, tables

ARCHIVE = SHARED / "online_retail" / "online_retail_by_day.tar.gz"
RATES = SHARED / "exchange_rates" / "eurofxref-hist.csv.gz"

pytestmark = pytest.mark.skipif(
    not ARCHIVE.exists(), reason=f"{ARCHIVE} is not here: the real invoices are not in the project"
)
CLEAN = "line_type = 'sale' and customer_id is not null and unit_price > 0"


@pytest.fixture(scope="module")
def invoices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("online_retail")
    shutil.unpack_archive(ARCHIVE, folder)
    return folder / "by-day"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, invoices: Path) -> Path:
    """Built once without exchange rates."""
    home = tmp_path_factory.mktemp("retail") / "warehouse"
    printed = footfall("run", "--source", f"online_retail={invoices}", home=home)
    # One warning says that there are no rates, and no other is given.
    assert printed.count("Warning in test") == 1
    assert "Warning in test reporting_amounts_have_a_rate" in printed
    return home


def one(home: Path, query: str) -> tuple[object, ...]:
    with opened(home / "marts.duckdb") as con:
        row = con.execute(query).fetchone()
    assert row is not None
    return row


def test_every_line_lands(home: Path) -> None:
    with opened(home / "landing.duckdb") as con:
        assert con.execute("select count(*) from online_retail.invoice_lines").fetchone() == (
            541_909,
        )
    assert one(home, "select sum(raw_count), sum(accepted_count) from ops.row_accounting") == (
        541_909,
        541_909,
    )


def test_the_published_figures_hold(home: Path) -> None:
    assert one(
        home,
        f"""
        select count(*), count(distinct customer_id), count(distinct order_id),
            round(sum(line_total), 2), count(line_total_reporting)
        from marts.fct_order_items where {CLEAN}
        """,
    ) == (397_884, 4_338, 18_532, Decimal("8911407.90"), 0)
    assert one(
        home,
        """
        select round(sum(net_total), 2), count(net_total_reporting)
        from marts.fct_orders where customer_id is not null
        """,
    ) == (Decimal("8300065.81"), 0)
    assert one(
        home,
        """
        select
            date_diff('second', max(ordered_at), timestamp '2011-12-10 00:00:00') // 86400,
            count(*),
            sum(net_total)
        from marts.fct_orders where is_sold and customer_id = '12347'
        """,
    ) == (2, 7, Decimal("4310.0000"))
    assert one(
        home,
        """
        select count(*), count(distinct order_id), count(distinct product_id),
            count(distinct lower(product_id)), count(*) filter (where customer_id is null),
            count(*) filter (where quantity < 0), count(*) filter (where line_type = 'adjustment'),
            count(*) filter (where line_type = 'return'),
            count(distinct order_id) filter (where line_type = 'return')
        from marts.fct_order_items
        """,
    ) == (541_909, 25_900, 4_070, 3_958, 135_080, 10_624, 1_336, 9_288, 3_836)
    assert (
        one(home, "select count(*), count(distinct country) from marts.dim_customers")[0] == 4_372
    )


def test_equal_lines_of_one_file_are_both_real(home: Path) -> None:
    with opened(home / "landing.duckdb") as con:
        landed = con.execute(
            """
            select sum(copies - 1) from (
                select count(*) as copies from online_retail.invoice_lines
                group by InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice,
                    CustomerID, Country
            )
            """
        ).fetchone()
    assert landed == (5_268,)
    assert one(home, "select count(*) from ops.duplicates") == (0,)


def test_rates_give_the_revenue_in_euros_to_the_cent(home: Path) -> None:
    footfall("run", "--source", f"ecb={RATES}", home=home)
    assert one(
        home,
        f"select round(sum(line_total_reporting), 2) from marts.fct_order_items where {CLEAN}",
    ) == (Decimal("10282992.84"),)


def test_a_redelivered_file_changes_nothing(home: Path, invoices: Path, tmp_path: Path) -> None:
    shutil.copytree(invoices, tmp_path / "again")
    shutil.copy(invoices / "2011-07-21.csv", tmp_path / "again" / "2011-07-21-copy.csv")
    before = tables(home / "marts.duckdb")
    footfall("run", "--source", f"online_retail={tmp_path / 'again'}", home=home)
    after = tables(home / "marts.duckdb")
    # The manifest says that it came; nothing else does.
    assert {name for name in after if after[name] != before[name]} == {
        'ops."files"',
        'ops."loads"',
    }
    assert one(home, "select file_name, row_count from ops.files where status = 'redelivered'") == (
        "2011-07-21-copy.csv",
        0,
    )
