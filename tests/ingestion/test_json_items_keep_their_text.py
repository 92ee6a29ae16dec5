"""The items of a list inside a document, as they are spelled there."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from dlt.common.jsonpath import compile_path
from hypothesis import given
from hypothesis import strategies as st
from jsonpath_ng import Child, Fields, Index, JSONPath, Root

from ingestion.sources.json_text import list_items
from tests.drawn import drawn

Draw = Callable[[st.SearchStrategy[Any]], Any]
BLANKS = st.text(" \t\r\n", max_size=2)
STRINGS = st.lists(
    st.sampled_from(["a", "ä", "🛒", "[", "}", ",", ":", r"\"", r"\\", r"\u00e4", r"\ud800"]),
    max_size=4,
).map(lambda parts: '"' + "".join(parts) + '"')
SCALARS = STRINGS | st.sampled_from(
    ["null", "true", "1.50", "-0", "1e3", "9" * 5000, "NaN", "-Infinity"]
)


@st.composite
def lists(draw: st.DrawFn, items: st.SearchStrategy[str]) -> str:
    return written(draw, draw(st.lists(items, max_size=3)), "[]")


@st.composite
def objects(draw: st.DrawFn, items: st.SearchStrategy[str]) -> str:
    keys = st.tuples(STRINGS, BLANKS, BLANKS, items)
    members = [
        f"{key}{one}:{two}{item}" for key, one, two, item in draw(st.lists(keys, max_size=3))
    ]
    return written(draw, members, "{}")


def written(draw: Draw, parts: list[str], ends: str) -> str:
    spaced = [draw(BLANKS) + part + draw(BLANKS) for part in parts] or [draw(BLANKS)]
    return ends[0] + ",".join(spaced) + ends[1]


VALUES = st.recursive(SCALARS, lambda inner: lists(inner) | objects(inner), max_leaves=8)


@drawn(100)
@given(st.data())
def test_items_are_the_bytes_between_the_commas(data: st.DataObject) -> None:
    items = data.draw(st.lists(VALUES, max_size=4))
    text = written(data.draw, items, "[]")
    path: JSONPath = Root()
    for _ in range(data.draw(st.integers(0, 3))):
        text, path = within(data.draw, text, path)
    text = data.draw(BLANKS) + text + data.draw(BLANKS)
    assert list_items(text, path) == items


def within(draw: Draw, text: str, path: JSONPath) -> tuple[str, JSONPath]:
    """The text as one value of a list or object, and the way there from the outside."""
    before, after = draw(st.lists(VALUES, max_size=2)), draw(st.lists(VALUES, max_size=2))
    if draw(st.booleans()):
        place = draw(st.sampled_from([len(before), -1 - len(after)]))
        return written(draw, [*before, text, *after], "[]"), outside(Index(place), path)
    # The key is there twice: the last one counts.
    members = [*(f'"way": {value}' for value in before), f'"w\\u0061y":{text}']
    members += [f'"other" : {value}' for value in after]
    return written(draw, members, "{}"), outside(Fields("way"), path)


def outside(step: JSONPath, path: JSONPath) -> JSONPath:
    """One more step before a path, as jsonpath nests them: to the left."""
    match path:
        case Root():
            return step
        case Child():
            return Child(outside(step, path.left), path.right)
    return Child(step, path)


def test_a_list_that_is_made_of_the_text_has_no_place_in_it() -> None:
    document = '{"items": [2, 1]}'
    [found] = compile_path("items.`sorted`").find(json.loads(document))
    with pytest.raises(ValueError, match="is no place in the text"):
        list_items(document, found.full_path)
