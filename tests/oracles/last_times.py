"""When each device last did each thing, as Feast says and as ftr_visitor__activity says.

Feast answers from its own environment, see feast_last_times.
"""

import json
import random
import subprocess
import tempfile
from pathlib import Path

import duckdb

from tests.macro_sql import PROJECT
from tests.oracles.point_in_time import DAY, FEAST, MINUTE, NOON

TYPES = ("view_item", "search", "add_to_cart", "remove_from_cart", "begin_checkout", "purchase")
KINDS = ("event", *TYPES)
# Visitor, type, at, known; visitor, moment, decided: times in microseconds since 1970.
Event = tuple[str, str, int, int]
Moment = tuple[str, int, int]
REFERENCE = Path(__file__).parent / "references" / "last_times.json"


def drawn(seed: int) -> tuple[list[Event], list[Moment]]:
    """Few visitors at few instants, so that much happens together, at a moment, and is late."""
    chance = random.Random(seed)
    instants = [NOON - n * 8 * 60 * MINUTE + off for n in range(9) for off in (-1, 0, 1)]
    events = []
    for _ in range(200):
        at = chance.choice(instants)
        known = at + chance.choice([0, 0, 1, MINUTE, 20 * MINUTE, DAY, 3 * DAY])
        events.append((f"v{chance.randrange(8)}", chance.choice(["scroll", *TYPES]), at, known))
    # v8 did nothing.
    moments = {(f"v{chance.randrange(9)}", chance.choice(instants)) for _ in range(60)}
    return events, [(who, t, t + chance.choice([0, 10 * MINUTE])) for who, t in sorted(moments)]


def put(con: duckdb.DuckDBPyConnection, events: list[Event], moments: list[Moment]) -> None:
    """As tables events and moments."""
    con.execute(
        "create temp table e (visitor_id text, event_type text, happened bigint, known bigint)"
    )
    con.executemany("insert into e values (?, ?, ?, ?)", events)
    con.execute("create temp table m (visitor_id text, moment bigint, decided bigint)")
    con.executemany("insert into m values (?, ?, ?)", moments)
    con.execute("""
        create temp table events as
        select
            'e' || rowid as event_id,
            visitor_id,
            event_type,
            cast(make_timestamp(happened) as date) as event_on,
            make_timestamp(happened) as event_at,
            make_timestamp(known) as available_at
        from e;
        create temp table moments as
        select
            visitor_id,
            make_timestamp(moment) as prediction_at,
            make_timestamp(decided) as available_as_of
        from m
    """)


def ask_feast(
    con: duckdb.DuckDBPyConnection, folder: Path, events: str, moments: str, program: str
) -> str:
    """What the program, one of those that read this folder, printed. events, moments: tables"""
    folder.mkdir()
    con.execute(f"""
        copy (
            select
                visitor_id,
                event_type,
                timezone('UTC', event_at) as event_at,
                timezone('UTC', available_at) as available_at
            from {events}
        ) to '{folder}/events.parquet';
        copy (
            select distinct visitor_id, timezone('UTC', prediction_at) as prediction_at
            from {moments}
        ) to '{folder}/moments.parquet'
    """)
    command = [str(FEAST), "-m", program, str(folder), *TYPES]
    done = subprocess.run(command, cwd=PROJECT, text=True, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"make .venv-feast/.feast? {done.stderr[-3000:]}")
    return done.stdout


def answered(con: duckdb.DuckDBPyConnection, folder: Path, events: str, moments: str) -> None:
    """Makes the table feast: visitor_id, prediction_at, kind, last_at."""
    # What happens at the moment itself counts there.
    con.execute(f"""
        create table just_before as
        select visitor_id, prediction_at - interval '1 microsecond' as prediction_at from {moments}
    """)
    ask_feast(con, folder, events, "just_before", "tests.oracles.feast_last_times")
    con.execute(f"""
        create table feast as
        select
            visitor_id,
            timezone('UTC', event_timestamp) + interval '1 microsecond' as prediction_at,
            kind,
            timezone('UTC', last_at) as last_at
        from '{folder}/answers.parquet'
    """)


def compared(
    con: duckdb.DuckDBPyConnection, activity: str, events: str
) -> dict[str, tuple[int, int, int]]:
    """Of each kind of event: rows with an answer, where Feast looks ahead, where we are wrong.

    DEFINITIONS.md, section 22: what was not known at the decision is not used, Feast uses it. So
    they differ where all that Feast takes its time from was known later, and nowhere else.
    activity: the table under test; events, feast: tables
    """
    found = {}
    for kind in KINDS:
        of_kind = "true" if kind == "event" else f"event_type = '{kind}'"
        row = con.execute(f"""
            with known as (
                select visitor_id, event_at, min(available_at) as known_at
                from {events} where {of_kind} group by visitor_id, event_at
            ),
            answers as (
                select
                    ours.last_{kind}__age_seconds as ours,
                    cast(epoch_us(ours.prediction_at) - epoch_us(known.event_at) as double)
                    / 1000000 as theirs,
                    coalesce(known.known_at > ours.available_as_of, false) as is_too_early
                from {activity} as ours
                left join feast
                    on
                        ours.visitor_id = feast.visitor_id
                        and ours.prediction_at = feast.prediction_at
                        and feast.kind = '{kind}'
                left join known
                    on ours.visitor_id = known.visitor_id and feast.last_at = known.event_at
            )
            select
                count(theirs),
                count(*) filter (is_too_early),
                count(*) filter ((ours is not distinct from theirs) = is_too_early)
            from answers
        """).fetchone()
        assert row is not None
        found[kind] = row
    return found


def written() -> str:
    """A drawn case with Feast's answers, as it lies in the references."""
    events, moments = drawn(0)
    with duckdb.connect() as con, tempfile.TemporaryDirectory() as folder:
        con.execute("set TimeZone = 'UTC'")
        put(con, events, moments)
        answered(con, Path(folder) / "feast", "events", "moments")
        answers = con.execute("""
            select visitor_id, epoch_us(prediction_at), kind, epoch_us(last_at) from feast
            where last_at is not null order by all
        """).fetchall()
    parts = {"events": events, "moments": moments, "answers": answers}
    lines = (f'"{name}": {json.dumps(rows, separators=(",", ":"))}' for name, rows in parts.items())
    return "{" + ",\n".join(lines) + "}\n"


def put_reference(con: duckdb.DuckDBPyConnection) -> None:
    """Its events, moments and answers, as tables events, moments and feast."""
    case = json.loads(REFERENCE.read_text(encoding="utf-8"))
    put(con, case["events"], case["moments"])
    con.execute("create temp table f (visitor_id text, moment bigint, kind text, happened bigint)")
    con.executemany("insert into f values (?, ?, ?, ?)", case["answers"])
    con.execute("""
        create temp table feast as
        select
            visitor_id,
            make_timestamp(moment) as prediction_at,
            kind,
            make_timestamp(happened) as last_at
        from f
    """)
