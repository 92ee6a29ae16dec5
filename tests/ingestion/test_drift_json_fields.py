"""No field of a JSON line is missed, though few lines are parsed."""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.fields import Field, Seen, step
from ingestion.sources.json_fields import MOST_KEYS, MOST_LEVELS, SAMPLE_LINES, JsonFields
from tests.drawn import drawn

Types = dict[str, set[str]]
KINDS = {bool: "boolean", str: "string", int: "number", float: "number"}
# Past the lines that are parsed in any case.
PARSED = ["{}"] * SAMPLE_LINES
keys = st.sampled_from(
    [*"abaAabAB", "a.b", "a[]", "*", "", "ä", 'q"', "x\\", "\U0001f600", "\n", "1"]
)
texts = st.text('ab"\\/é\u2028\n ,:{}[]', max_size=4)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=5,
)
documents = st.dictionaries(keys, values, max_size=4)
styles = st.sampled_from(
    [
        {},
        {"ensure_ascii": False},
        {"separators": (",", ":")},
        {"separators": (" , ", "\t: "), "ensure_ascii": False},
    ]
)
written = st.builds(lambda d, style: json.dumps(d, **style), documents, styles)
broken = st.sampled_from(["", "{", "[1]", "null", '{"a": }', '{"a": 1} {"b": 2}', '"a"', "1e5\r"])
files = st.lists(written | broken, max_size=8)


def look(known: dict[str, Field], lines: list[str]) -> Seen:
    fields = JsonFields(known)
    fields.add(pa.array(PARSED + lines[: len(lines) // 2], pa.string()))
    fields.add(pa.array(lines[len(lines) // 2 :], pa.string()))
    return fields.seen()


def read(lines: list[str]) -> Iterator[dict[str, Any] | None]:
    for line in lines:
        try:
            document = json.loads(line)
        except ValueError:
            document = None
        yield document if isinstance(document, dict) else None


def told(lines: list[str]) -> Types:
    """The fields by reading every line."""
    types: Types = {}

    def note(name: str, value: Any) -> None:
        kinds = types.setdefault(name, set())
        if isinstance(value, dict):
            kinds.add("object")
            for key, inner in value.items():
                note(f"{name}.{step(key)}", inner)
        elif isinstance(value, list):
            kinds.add("array")
            for inner in value:
                note(f"{name}[]", inner)
        elif value is not None:
            kinds.add(KINDS[type(value)])

    for document in read(lines):
        for key, value in (document or {}).items():
            note(step(key), value)
    return types


@drawn(200)
@given(files, files, st.booleans())
def test_a_file_tells_every_field_and_type_that_is_news(
    earlier: list[str], lines: list[str], optional: bool
) -> None:
    share = 0.0 if optional else 0.5
    known = {name: Field(frozenset(t), True, share) for name, t in told(earlier).items()}
    seen, truth = look(known, lines), told(lines)
    # Known and optional fields may pass unseen; everything else is told exactly.
    assert seen.types.keys() <= truth.keys()
    assert truth.keys() - seen.types.keys() <= (known.keys() if optional else set())
    for name, types in seen.types.items():
        before = known[name].types if name in known else frozenset()
        assert types - before == truth[name] - before, name
    assert seen.lines == SAMPLE_LINES + sum(document is not None for document in read(lines))


@drawn(200)
@given(st.lists(broken | st.sampled_from(["id,price", "1,2", " \t"]) | written, max_size=4))
def test_a_file_without_any_json_is_told(lines: list[str]) -> None:
    def is_json(line: str) -> bool:
        try:
            json.loads(line)
        except ValueError:
            return False
        return True

    # Whether its lines are parsed or, as of a known entity, matched.
    for known in ({}, {name: Field(frozenset(t), True, 0.0) for name, t in told(lines).items()}):
        fields = JsonFields(known)
        for line in lines:
            fields.add(pa.array([line], pa.string()))
        truth = any(line.strip() for line in lines) and not any(map(is_json, lines))
        assert fields.is_no_json() == truth


def test_matched_lines_are_json_without_being_parsed() -> None:
    fields = JsonFields({})
    fields.add(pa.array(["id,price"] * SAMPLE_LINES + ["{}"], pa.string()))
    assert not fields.is_no_json()


def test_most_lines_are_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    original = JsonFields._parse

    def counting(self: JsonFields, lines: list[str]) -> None:
        parsed.extend(lines)
        original(self, lines)

    monkeypatch.setattr(JsonFields, "_parse", counting)
    line = {"id": "x", "page": {"url": "ü", "n": [1, 2.5e-3]}, "items": [{"price": -1, "ok": True}]}
    lines = [json.dumps(line), json.dumps(line | {"coupon": None}, ensure_ascii=False)] * 3000
    seen = look({}, [*lines, '{"late": 1}'])
    assert len(parsed) < 5 * SAMPLE_LINES
    assert seen.types["late"] == {"number"}
    assert seen.types["page.n[]"] == {"number"}
    assert seen.lines == SAMPLE_LINES + len(lines) + 1


def test_lines_that_match_nothing_are_not_read_a_hundred_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rounds: list[int] = []
    original = JsonFields._unmatched

    def counting(self: JsonFields, lines: pa.Array) -> pa.Array:
        rounds.append(len(lines))
        return original(self, lines)

    monkeypatch.setattr(JsonFields, "_unmatched", counting)
    assert look({}, ["no json"] * 20_000).types == {}
    assert len(rounds) < 20


def test_an_object_of_very_many_keys_is_a_map_of_data() -> None:
    seen = look({}, [json.dumps({f"key{n}": n}) for n in range(3 * MOST_KEYS)])
    assert len(seen.types) == MOST_KEYS + 1
    assert seen.types["*"] == {"number"}


def test_what_lies_too_deep_is_not_told_apart() -> None:
    deep: Any = 1
    for level in range(MOST_LEVELS + 3):
        deep = {f"l{level}": deep}
    seen = look({}, [json.dumps(deep)] * 3)
    assert len(seen.types) == MOST_LEVELS
    assert look({}, ['{"a":' + "[" * 100_000 + "]" * 100_000 + "}"]).types == {}


def test_a_number_may_be_long_and_a_share_is_of_the_first_lines() -> None:
    lines = ['{"n": ' + "9" * 5000 + "}", '{"m": NaN}']
    fields = JsonFields({})
    fields.add(pa.array(lines))
    seen = fields.seen()
    assert seen.types == {"n": {"number"}, "m": {"number"}}
    assert seen.shares == {"n": 0.5, "m": 0.5}
