"""The texts of a JSON list's items, byte for byte, which no parser gives back.

Flow    a document that was parsed once, so it is sound; the path to its list  ->  text per item
Source  RFC 8259; where a key on the path is doubled, the last one counts, as in Python's json
"""

import json
import re
from collections.abc import Iterator

from jsonpath_ng import Child, Fields, Index, JSONPath, Root

BLANK = re.compile(r"[ \t\r\n]*")
READ = json.JSONDecoder(parse_int=float).raw_decode  # the value at a place, and where it ends


def list_items(text: str, path: JSONPath) -> list[str]:
    """What each item of the list at `path` looks like in the text.

    Errors  ValueError: the path leads to what is made of the text, not to a place in it
    """
    start = _past_blank(text, 0)
    for step in _steps(path):
        members = {key: first for key, first, _ in _members(text, start)}
        start = members[step if not isinstance(step, int) or step >= 0 else len(members) + step]
    return [text[first:end] for _, first, end in _members(text, start)]


def _steps(path: JSONPath) -> Iterator[str | int]:
    match path:
        case Child():
            yield from _steps(path.left)
            yield from _steps(path.right)
        case Fields():
            yield path.fields[0]
        case Index():
            yield path.indices[0]
        case Root():
            pass
        case _:
            raise ValueError(f"{path} is no place in the text")


def _members(text: str, start: int) -> Iterator[tuple[str | int, int, int]]:
    """Key or number, begin and end of every value in the object or list that begins at `start`."""
    is_object = text[start] == "{"
    place, number = _past_blank(text, start + 1), 0
    while text[place] not in "]}":
        key: str | int = number
        if is_object:
            key, place = READ(text, place)
            place = _past_blank(text, _past_blank(text, place) + 1)  # the colon
        _, end = READ(text, place)
        yield key, place, end
        place, number = _past_blank(text, end), number + 1
        if text[place] == ",":
            place = _past_blank(text, place + 1)


def _past_blank(text: str, place: int) -> int:
    found = BLANK.match(text, place)
    assert found is not None  # it matches nothing at all as well
    return found.end()
