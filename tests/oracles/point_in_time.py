"""The latest value before a moment, by our macros; and cases to ask it of, with many ties."""

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import duckdb

from tests.macro_sql import PROJECT, expanded

FEAST = PROJECT / ".venv-feast" / "bin" / "python"
Case = dict[str, Any]  # see feast_store
MINUTE = 60_000_000
DAY = 24 * 60 * MINUTE
NOON = 1_772_366_400_000_000  # 2026-03-01 12:00
TTL = 7 * DAY
# The example of DEFINITIONS.md, section 22: f0, f1, f1b, f2, f3 are 0, 1, 11, 2, 3.
EXAMPLE: Case = {
    "values": [
        ["a", NOON - 9 * DAY - 240 * MINUTE, NOON - 9 * DAY - 235 * MINUTE, 0],
        ["a", NOON - 60 * MINUTE, NOON - 55 * MINUTE, 1],
        ["a", NOON - 60 * MINUTE, NOON - 10 * MINUTE, 11],
        ["a", NOON - 30 * MINUTE, NOON + 30 * MINUTE, 2],
        ["a", NOON, NOON, 3],
    ],
    "moments": [["a", NOON + off] for off in (-60 * MINUTE, -50 * MINUTE, 0, 1, 30 * MINUTE)],
    "ttl": TTL,
}

# The last microsecond of the window, and the one before it.
AT_ITS_END: Case = {
    "values": [["a", NOON - TTL, NOON - TTL, 1], ["b", NOON - TTL - 1, NOON - TTL, 2]],
    "moments": [["a", NOON], ["b", NOON]],
    "ttl": TTL,
}


def drawn(seed: int) -> Case:
    """One thing at few instants: at the moment, at the ttl's end, and a microsecond aside.

    Small: Feast breaks ties by two sorts in a row, and the second keeps the first one's order only
    of up to 16 rows, moments times values.
    """
    chance = random.Random(seed)
    values = _values(chance, "a", 5)
    moments = sorted({_instant(chance) for _ in range(3)})
    return {"values": values, "moments": [["a", at] for at in moments], "ttl": TTL}


def drawn_without_ties(seed: int, rows: int = 100) -> Case:
    """Many things, also unknown ones, each never twice at an instant."""
    chance = random.Random(seed)
    values: dict[tuple[str, int], list[Any]] = {}
    for entity, at, known, number in _values(chance, "abcdefghij", rows):
        values.setdefault((entity, at), [entity, at, known, number])
    moments = sorted({(chance.choice("abcdefghijk"), _instant(chance)) for _ in range(rows)})
    return {
        "values": list(values.values()),
        "moments": [list(moment) for moment in moments],
        "ttl": TTL,
    }


def _values(chance: random.Random, entities: str, rows: int) -> list[list[Any]]:
    values: dict[tuple[str, int, int], list[Any]] = {}
    for number in range(rows):
        entity, at = chance.choice(entities), _instant(chance)
        known = at + chance.choice([0, 0, 1, MINUTE, 2 * DAY])
        # Of what happened and was known at the same time, Feast says not which one it takes.
        values.setdefault((entity, at, known), [entity, at, known, number])
    return list(values.values())


def _instant(chance: random.Random) -> int:
    off = chance.choice([0, 0, 1, -1, MINUTE])
    return NOON - chance.choice([0, DAY, TTL, TTL + DAY]) + off


class Join:
    """folder: an empty one"""

    def __init__(self, folder: Path) -> None:
        sql, told = expanded(
            folder,
            {
                "latest": """
                    select place, value from (
                        select moments.place, versions.value, row_number() over (
                            partition by moments.place
                            order by versions.event_at desc, versions.available_at desc,
                                versions.value desc
                        ) as recency
                        from moments
                        left join versions
                            on
                                moments.entity = versions.entity
                                and {{ is_in_window('7d', 'versions') }}
                                and {{ known_before('versions') }}
                    ) as ranked where recency = 1 order by place
                """
            },
        )
        assert told == {}
        self._sql = sql["latest"]

    def answers(self, case: Case) -> list[int | None]:
        with duckdb.connect() as con:
            con.execute(
                "create table versions (entity varchar, happened bigint, known bigint, value int)"
            )
            con.executemany("insert into versions values (?, ?, ?, ?)", case["values"])
            con.execute(
                "create or replace table versions as select *, "
                "make_timestamp(happened) as event_at, make_timestamp(known) as available_at "
                "from versions"
            )
            con.execute("create table asked (entity varchar, happened bigint, place int)")
            con.executemany(
                "insert into asked values (?, ?, ?)",
                [[*moment, place] for place, moment in enumerate(case["moments"])],
            )
            con.execute(
                "create table moments as select *, make_timestamp(happened) as prediction_at, "
                "prediction_at as available_as_of from asked"
            )
            return [value for _, value in con.execute(self._sql).fetchall()]


def asked(cases: dict[str, Case]) -> dict[str, list[int | None]]:
    """Feast's answers, from its own environment."""
    done = subprocess.run(
        [FEAST, "-m", "tests.oracles.feast_store"],
        cwd=PROJECT,
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answers: dict[str, list[int | None]] = json.loads(done.stdout)
    return answers


def disagreements(case: Case, ours: list[int | None], feast: list[int | None]) -> list[str]:
    """Where they differ and should not, or do not and should.

    DEFINITIONS.md, section 22: what was not known yet is not used. Feast uses it.
    """
    known = {value: at for _, _, at, value in case["values"]}
    found = []
    for (entity, t), one, other in zip(case["moments"], ours, feast, strict=True):
        too_early = other is not None and known[other] > t
        if (one == other) == too_early:
            found.append(f"{entity} at {t}: {one}, Feast {other}, known {known.get(other or -1)}")
    return found
