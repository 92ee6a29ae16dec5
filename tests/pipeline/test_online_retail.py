"""Online Retail, the real invoices of a shop, gives its published figures to the cent.

The data is not part of the project: without ../shared/data these tests skip.
"""

import csv
import gzip
import shutil
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from mlxtend.frequent_patterns import association_rules, fpgrowth

from tests.pipeline import feature_facts
from tests.support import PROJECT, SHARED, footfall, needs, opened, tables

ARCHIVE = SHARED / "online_retail" / "online_retail_by_day.tar.gz"
RATES = SHARED / "exchange_rates" / "eurofxref-hist.csv.gz"

pytestmark = needs(ARCHIVE)
BERLIN = ZoneInfo("Europe/Berlin")
Moved = tuple[datetime, datetime, bool, Decimal]
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


def test_returns_stand_with_the_sale_or_as_unmatched(home: Path) -> None:
    """All that is known of customers was sold to new and returning ones; no return is lost."""
    assert one(
        home,
        """
        select sum(order_count) filter (where buyer_type = 'new'),
            round(sum(sales_total) filter (where buyer_type in ('new', 'returning')), 2)
        from marts.rpt_returns
        """,
    ) == (4_338, Decimal("8911407.90"))
    with opened(home / "landing.duckdb") as con:
        returned = con.execute(
            "select -sum(quantity::bigint * unitprice::decimal(18, 4)) "
            "from online_retail.invoice_lines where invoiceno like 'C%'"
        ).fetchone()
    assert one(home, "select sum(refund_total) from marts.rpt_returns") == returned
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


def frame(home: Path, query: str) -> Any:
    with opened(home / "marts.duckdb") as con:
        cursor = con.execute(query)
        names = [column[0] for column in cursor.description or []]
        return pd.DataFrame(cursor.fetchall(), columns=names)


AS_OF = pd.Timestamp("2011-12-10")


@pytest.fixture(scope="module")
def lines(invoices: Path) -> Any:
    """The invoice lines as pandas reads them: no code of ours."""
    files = [pd.read_csv(file, dtype=str) for file in sorted(invoices.glob("*.csv"))]
    lines = pd.concat(files, ignore_index=True)
    lines["Quantity"] = lines["Quantity"].astype(int)
    lines["UnitPrice"] = lines["UnitPrice"].astype(float)
    lines["amount"] = lines["Quantity"] * lines["UnitPrice"]
    lines["at"] = pd.to_datetime(lines["InvoiceDate"])
    lines["customer"] = lines["CustomerID"].str.removesuffix(".0")
    lines["is_credit"] = lines["InvoiceNo"].str.startswith("C")
    return lines


@pytest.fixture(scope="module")
def sales(lines: Any) -> Any:
    """The clean sales of ../shared/data/README.md."""
    return lines[lines["customer"].notna() & (lines["Quantity"] > 0) & (lines["UnitPrice"] > 0)]


def test_the_published_rfm_line_holds(home: Path) -> None:
    query = """
        select recency_days, frequency, monetary, sales_total from marts.fct_customer_rfm
        where customer_id = '12347' and as_of = date '2011-12-10'
    """
    assert one(home, query) == (2, 7, Decimal("4310.0"), Decimal("4310.0"))


def test_rfm_is_that_of_pandas(home: Path, lines: Any, sales: Any) -> None:
    right = pd.DataFrame(
        {
            "recency_days": (AS_OF - sales.groupby("customer")["at"].max()).dt.days,
            "frequency": sales.groupby("customer")["InvoiceNo"].nunique(),
        }
    )
    moved = lines[lines["is_credit"] | lines.index.isin(sales.index)]
    right["monetary"] = moved.groupby("customer")["amount"].sum().round(4)
    for metric, score in (("recency_days", -1), ("frequency", 1), ("monetary", 1)):
        cuts = right[metric].quantile([0.2, 0.4, 0.6, 0.8])
        below = sum((right[metric] > cut).astype(int) for cut in cuts)
        right[f"{metric}_score"] = below + 1 if score > 0 else 5 - below
    found = frame(
        home,
        """
        select customer_id, recency_days, frequency, cast(monetary as double) as monetary,
            recency_score, frequency_score, monetary_score
        from marts.fct_customer_rfm where as_of = date '2011-12-10'
        """,
    ).set_index("customer_id")
    right = right.rename(columns={"recency_days_score": "recency_score"})
    right = right.loc[found.index, found.columns]
    assert len(found) == 4_338
    assert (found.round(4) == right).all(axis=None)


def test_the_lifetimes_are_those_of_pandas(home: Path, sales: Any) -> None:
    """The rule of the lifetimes package: days, the first one left out of the mean."""
    days = sales.groupby(["customer", sales["at"].dt.normalize()])["amount"].sum().reset_index()
    ends = days.groupby("customer")["at"].agg(["min", "max", "count"])
    repeats = days[days["at"] > days["customer"].map(ends["min"])]
    right = pd.DataFrame(
        {
            "frequency": ends["count"] - 1,
            "recency": (ends["max"] - ends["min"]).dt.days,
            "t": (AS_OF - pd.Timedelta(days=1) - ends["min"]).dt.days,
            "monetary": repeats.groupby("customer")["amount"].mean(),
        }
    ).fillna({"monetary": 0})
    found = frame(
        home,
        """
        select customer_id, frequency, recency, t, monetary from marts.fct_customer_clv
        where as_of = date '2011-12-10'
        """,
    ).set_index("customer_id")
    right = right.loc[found.index, found.columns]
    assert len(found) == 4_338
    assert ((found - right).abs() < 1e-6).all(axis=None)


def test_the_whole_triangle_of_cohorts_is_that_of_pandas(home: Path, sales: Any) -> None:
    month = sales["at"].dt.year * 12 + sales["at"].dt.month
    first = month.groupby(sales["customer"]).transform("min")
    right = sales.groupby([first.rename("cohort"), (month - first).rename("k")])["customer"]
    found = frame(
        home,
        """
        select year(cohort_on) * 12 + month(cohort_on) as cohort, k, size, retained, is_complete
        from marts.fct_retention
        where cohort_by = 'purchase' and period = 'month' and cohort_type = 'first_time'
            and mode = 'on'
        """,
    ).set_index(["cohort", "k"])
    assert len(found) == 13 * 14 / 2
    assert found["retained"][found["retained"] > 0].to_dict() == right.nunique().to_dict()
    december = found.loc[2010 * 12 + 12].sort_index()
    assert december["size"].unique().tolist() == [885]
    published = [885, 324, 286, 340, 321, 352, 321, 309, 313, 350, 331, 445, 235]
    assert december["retained"].tolist() == published
    # December 2011 ends with the 9th.
    assert december["is_complete"].tolist() == [True] * 12 + [False]


def test_the_baskets_are_measured_as_by_mlxtend(home: Path, lines: Any) -> None:
    codes = pd.read_csv(PROJECT / "seeds" / "non_product_codes.csv")
    sold = lines[~lines["InvoiceNo"].str.match("[AC]") & (lines["Quantity"] > 0)]
    sold = sold[sold["InvoiceNo"].isin(sold.loc[sold["UnitPrice"] > 0, "InvoiceNo"])]
    sold = sold[~sold["StockCode"].isin(codes["product_id"])]
    sold = sold[["InvoiceNo", "StockCode"]].drop_duplicates()
    sold = sold[sold.groupby("InvoiceNo")["StockCode"].transform("count") <= 100]
    table = pd.crosstab(sold["InvoiceNo"], sold["StockCode"]).astype(bool)
    frequent = fpgrowth(table, min_support=0.015, max_len=2, use_colnames=True)
    rules = association_rules(frequent, metric="support", min_threshold=0)
    measures = ["support", "confidence", "lift", "leverage", "conviction"]
    right = rules[measures].set_index(
        [rules["antecedents"].map(min), rules["consequents"].map(min)]
    )
    found = frame(
        home,
        f"""
        select product_id, other_product_id, {", ".join(measures)} from marts.fct_product_pairs
        where window_name = 'all' and support >= 0.015
        """,
    ).set_index(["product_id", "other_product_id"])
    assert len(found) == len(right) > 150
    assert ((found - right.loc[found.index]).abs() < 1e-9).all(axis=None)


@pytest.fixture(scope="module")
def rated(home: Path) -> Path:
    """The same shop from here on, with the rates of the European Central Bank."""
    footfall("run", "--source", f"ecb={RATES}", home=home)
    return home


@pytest.mark.long
def test_rates_give_the_revenue_in_euros_to_the_cent(rated: Path) -> None:
    assert one(
        rated,
        f"select round(sum(line_total_reporting), 2) from marts.fct_order_items where {CLEAN}",
    ) == (Decimal("10282992.84"),)


def test_movements_are_the_invoice_lines(home: Path, invoices: Path) -> None:
    lines = pd.concat(pd.read_csv(path, dtype=str) for path in sorted(invoices.glob("*.csv")))
    sold = lines[~lines["InvoiceNo"].str.startswith("C")]
    right = Counter(
        (invoice, code, int(quantity), Decimal(price))
        for invoice, code, quantity, price in zip(
            *(sold[name] for name in ("InvoiceNo", "StockCode", "Quantity", "UnitPrice")),
            strict=True,
        )
    )
    with opened(home / "marts.duckdb") as con:
        found = con.execute(
            "select order_id, product_id, quantity, unit_price from marts.fct_order_movements "
            "where movement_kind <> 'return'"
        ).fetchall()
    assert Counter(found) == right


@pytest.mark.long
def test_features_are_those_of_plain_python(rated: Path) -> None:
    # A busy account has a thousand times the lines of one of the sample shop.
    compared = feature_facts.compare(rated / "footfall.duckdb", rows=600)
    # There is no tracker: only accounts have features.
    themes = ("activity", "calendar", "commerce", "preferences")
    assert +compared == {f"ftr_customer__{theme}": 600 for theme in themes}


class Pounds:
    """What pounds are worth in euros, by the bank's file."""

    def __init__(self, path: Path) -> None:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            rows = [(row["Date"], row["GBP"]) for row in csv.DictReader(file)]
        self.rates = {date.fromisoformat(day): Decimal(rate) for day, rate in rows if rate != "N/A"}

    def in_euros(self, amount: Decimal, at: datetime, as_of: datetime) -> Decimal:
        """By the latest rate of the day in the shop's zone, of the last 7 and published by then."""
        day = at.replace(tzinfo=UTC).astimezone(BERLIN).date()
        days = (day - timedelta(days=n) for n in range(8))
        # About 16:00.
        known = (each for each in days if berlin(datetime.combine(each, time(16))) <= as_of)
        rate = next(found for each in known if (found := self.rates.get(each)))
        return (amount / rate).quantize(Decimal("1e-8"), ROUND_HALF_UP)


def moved(invoices: Path) -> dict[str, list[Moved]]:
    """By account, from the files: when, known when, whether it is a sale, signed pounds."""
    documents = defaultdict(list)
    for path in sorted(invoices.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                documents[line["InvoiceNo"]].append(line)
    found = defaultdict(list)
    for number, lines in documents.items():
        account = lines[0]["CustomerID"].removesuffix(".0")
        amounts = [int(line["Quantity"]) * Decimal(line["UnitPrice"]) for line in lines]
        if not account or (not number.startswith("C") and max(amounts) <= 0):
            continue
        times = [utc(line["InvoiceDate"]) for line in lines]
        for at, amount in zip(times, amounts, strict=True):
            # An hour after its last line the document is known.
            known = max(times) + timedelta(hours=1)
            found[account].append((at, known, number[0] != "C", amount))
    return found


def utc(text: str) -> datetime:
    at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/London"))
    return at.astimezone(UTC).replace(tzinfo=None)


def berlin(at: datetime) -> datetime:
    return at.replace(tzinfo=BERLIN).astimezone(UTC).replace(tzinfo=None)


@pytest.mark.long
def test_amounts_are_those_of_the_files_and_the_bank(rated: Path, invoices: Path) -> None:
    """From nothing of ours: raw lines, raw rates and decimals."""
    accounts, bank = moved(invoices), Pounds(RATES)
    windows = {"7d": 7, "30d": 30, "90d": 90, "all": 1_000}
    columns = [
        f"{kind}_{window}" for window in windows for kind in ("sales", "returns", "net_sales")
    ]
    with opened(rated / "footfall.duckdb") as con:
        rows = con.execute(f"""
            select customer_id, prediction_at, available_as_of, {", ".join(columns)}
            from features.ftr_customer__commerce where not is_cold_start
            order by md5(concat_ws('|', customer_id, prediction_at)), available_as_of limit 3000
        """).fetchall()
    assert len(rows) == 3_000
    summed = 0.0
    for account, t, as_of, *amounts in rows:
        known = [
            (at, is_sale, bank.in_euros(pounds, at, as_of))
            for at, known_at, is_sale, pounds in accounts[account]
            if at < t and known_at <= as_of
        ]
        right = []
        for days in windows.values():
            inside = [one for one in known if one[0] >= t - timedelta(days=days)]
            sales = sum((euros for _, is_sale, euros in inside if is_sale), Decimal(0))
            back = sum((euros for _, is_sale, euros in inside if not is_sale), Decimal(0))
            right += [float(sales), float(-back), float(sales + back)]
        assert amounts == pytest.approx(right, rel=1e-12, abs=1e-9), (account, t)
        summed += amounts[-3]
    assert summed > 1_000_000


@pytest.mark.long
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
