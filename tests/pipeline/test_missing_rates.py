"""Whatever has no exchange rate is told, kind by kind, with its currency and days."""

from pathlib import Path

from tests.pipeline.compiled import compiled, fill, memory
from tests.support import PROJECT

AMOUNT = {"currency": "varchar"}


def test_every_amount_without_a_rate_is_told(tmp_path: Path) -> None:
    compiled(tmp_path, "reporting_amounts_have_a_rate")
    [path] = (tmp_path / "target" / "compiled").rglob("reporting_amounts_have_a_rate.sql")
    with memory() as con:
        fill(
            con,
            "marts.fct_order_items",
            {
                **AMOUNT,
                "order_id": "varchar",
                "line_total_reporting": "decimal(28, 8)",
                "ordered_on": "date",
            },
            [
                {"currency": "KWD", "order_id": "o2", "ordered_on": "2026-01-01"},
                {"currency": "KWD", "order_id": "o1", "ordered_on": "2026-01-03"},
                {"currency": "USD", "line_total_reporting": 1, "ordered_on": "2026-01-03"},
            ],
        )
        fill(
            con,
            "marts.fct_refunds",
            {
                **AMOUNT,
                "refund_id": "varchar",
                "amount_reporting": "decimal(28, 8)",
                "refunded_on": "date",
            },
            [
                {"currency": "JPY", "refund_id": "r1", "refunded_on": "2026-01-02"},
                {"currency": "JPY", "amount_reporting": 0, "refunded_on": "2026-01-03"},
            ],
        )
        fill(
            con,
            "marts.fct_events",
            {
                **AMOUNT,
                "event_id": "varchar",
                "event_value": "decimal(18, 4)",
                "event_value_reporting": "decimal(28, 8)",
                "event_on": "date",
            },
            [
                {"currency": "KWD", "event_id": "e1", "event_value": 1, "event_on": "2026-01-01"},
                {"currency": "KWD", "event_on": "2026-01-02"},
            ],
        )
        # Half past eleven in the evening UTC is the next day in Berlin.
        fill(
            con,
            "marts.fct_orders",
            {
                **AMOUNT,
                "order_id": "varchar",
                "cancelled_at": "timestamp",
                "cancelled_total": "decimal(18, 4)",
                "cancelled_total_reporting": "decimal(28, 8)",
            },
            [
                {
                    "currency": "KWD",
                    "order_id": "o3",
                    "cancelled_at": "2026-01-04 23:30",
                    "cancelled_total": 5,
                },
                {"currency": "KWD", "cancelled_total": 0},
                {
                    "currency": "USD",
                    "cancelled_at": "2026-01-04 23:30",
                    "cancelled_total": 5,
                    "cancelled_total_reporting": 4,
                },
            ],
        )
        fill(
            con,
            "intermediate.int_ad_spend",
            {**AMOUNT, "spend_source": "varchar", "cost": "decimal(18, 4)", "spend_on": "date"},
            [
                {"currency": "EUR", "cost": 1, "spend_on": "2026-01-09"},
                {"currency": "USD", "cost": 1, "spend_on": "2026-01-08"},
                {"currency": "USD", "spend_source": "bing", "cost": 1, "spend_on": "2026-01-09"},
            ],
        )
        fill(
            con,
            "intermediate.int_exchange_rates",
            {**AMOUNT, "rate_on": "date", "rate": "decimal(18, 8)"},
            [
                {"currency": "USD", "rate_on": "2026-01-08", "rate": 1.25},
                {"currency": "EUR", "rate_on": "2026-01-08", "rate": 1},
                {"currency": "EUR", "rate_on": "2026-01-09", "rate": 1},
            ],
        )
        told = con.execute(
            "select amounts, currency, row_count, cast(first_on as text), cast(last_on as text), "
            f"first_id from ({path.read_text(encoding='utf-8')}) order by all"
        ).fetchall()
    assert told == [
        ("ad costs", "USD", 1, "2026-01-09", "2026-01-09", "bing"),
        ("cancellations", "KWD", 1, "2026-01-05", "2026-01-05", "o3"),
        ("event values", "KWD", 1, "2026-01-01", "2026-01-01", "e1"),
        ("order lines", "KWD", 2, "2026-01-01", "2026-01-03", "o1"),
        ("refunds", "JPY", 1, "2026-01-02", "2026-01-02", "r1"),
    ]


def test_a_currency_that_nobody_knows_is_an_error(tmp_path: Path) -> None:
    name = "currencies_of_vars_are_known"
    compiled(tmp_path, name, variables={"reporting_currency": "eur", "rates_base_currency": "EUR"})
    [path] = (tmp_path / "target" / "compiled").rglob(f"{name}.sql")
    with memory() as con:
        fill(con, "reference.currencies", AMOUNT, [{"currency": "EUR"}, {"currency": "USD"}])
        found = con.execute(path.read_text(encoding="utf-8")).fetchall()
    assert found == [("reporting_currency", "eur")]
    assert "severity" not in (PROJECT / "tests" / "invariants" / f"{name}.sql").read_text()
