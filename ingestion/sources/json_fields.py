"""Which fields the lines of a JSON file hold: every line is looked at, few are parsed.

Flow    the fields known so far -> one regular expression that a line of those fields matches;
        a line that does not match is parsed, and what it holds joins them
Shape   a field is named by its keys, `page.url`; what a list holds is `items[]`, `items[].price`
Source  RFC 8259. A line that matches may be broken JSON, but it holds no other field: staging
        judges the line, this only looks for names and types
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.fields import Field, Seen, step

SAMPLE_LINES = 100  # of a file, parsed in any case: the share of them that holds a field
MOST_KEYS = 500  # of one object; beyond it is a map of data, and its new keys are one field, `*`
MOST_LEVELS = 8  # what lies deeper is not told apart
# One block is looked at while the next is read; Arrow lets other threads run meanwhile.
LOOKER = ThreadPoolExecutor(1, "fields")

BLANK = r"[ \t\r]*"
STRING = r'"(?:[^"\\]|\\.)*"'
SCALARS = {"boolean": "true|false", "number": "-?[0-9][0-9.eE+-]*", "string": STRING}
STEPS = re.compile(r'"(?:[^"\\]|\\.)*"|\[\]|[^.\[\]"]+')


class JsonFields:
    """The fields of one file, while its lines pass by."""

    def __init__(self, known: dict[str, Field]) -> None:
        # A field that may be missed, or come back, has to be met in this file to count as seen.
        self._free = {
            name: set(field.types)
            for name, field in known.items()
            if field.is_present and not field.least_share
        }
        self._keys: dict[str, set[str]] = {}
        for name in known:
            if name.endswith("[]"):
                continue
            self._keys.setdefault(_above(name), set()).add(name)
        self._types: dict[str, set[str]] = {}
        self._hits: Counter[str] = Counter()
        self._looked = self._sampled = self._lines = 0
        self._holds_json = self._holds_other = False
        self._pattern: str | None = None
        self._looking: Future[None] | None = None

    def add(self, lines: pa.Array) -> None:
        """Look at some lines, in the background."""
        self._wait()
        self._looking = LOOKER.submit(self._look, lines)

    def seen(self) -> Seen:
        """What all lines held that are JSON objects."""
        self._wait()
        types = {name: frozenset(types) for name, types in self._types.items()}
        shares = {name: hits / self._sampled for name, hits in self._hits.items()}
        return Seen(types, shares, self._lines)

    def is_no_json(self) -> bool:
        """True when there are lines with something in them, and not one of them is JSON."""
        self._wait()
        return self._holds_other and not self._holds_json

    def _wait(self) -> None:
        looking, self._looking = self._looking, None
        if looking:
            looking.result()

    def _look(self, lines: pa.Array) -> None:
        portion = SAMPLE_LINES - self._looked
        while len(lines):
            if portion > 0:
                self._parse(lines.slice(0, portion).to_pylist())
                lines = lines.slice(portion)
            # More each time: a file of unreadable lines is not matched line by line.
            portion = max(SAMPLE_LINES, 2 * portion)
            lines = self._unmatched(lines)

    def _unmatched(self, lines: pa.Array) -> pa.Array:
        if not len(lines):
            return lines
        if self._pattern is None:
            # The fields whose presence is no news, or no longer.
            self._pattern = _pattern({**self._free, **self._types})
        try:
            matched = pc.match_substring_regex(lines, self._pattern)
        except pa.ArrowInvalid:
            return lines  # too many fields for one expression: all lines are parsed
        count = pc.sum(matched).as_py()
        self._lines += count
        self._holds_json |= count > 0
        return lines.filter(pc.invert(matched))

    def _parse(self, lines: list[str]) -> None:
        for line in lines:
            sampling = self._looked < SAMPLE_LINES
            self._looked += 1
            found: dict[str, set[str]] = {}
            try:
                # An integer of ten thousand digits is a number as well.
                document = json.loads(line, parse_int=float)
            except RecursionError:
                continue  # staging rejects it
            except ValueError:
                self._holds_other |= bool(line.strip())
                continue  # staging rejects it
            self._holds_json = True
            if not isinstance(document, dict):
                continue
            self._walk("", 0, document, found)
            self._lines += 1
            if sampling:
                self._sampled += 1
                self._hits.update(found.keys())
            for name, types in found.items():
                if not types <= self._types.get(name, frozenset()) or name not in self._types:
                    self._types.setdefault(name, set()).update(types)
                    self._pattern = None

    def _walk(
        self, above: str, level: int, document: dict[str, Any], found: dict[str, set[str]]
    ) -> None:
        keys = self._keys.setdefault(above, set())
        for key, value in document.items():
            name = f"{above}.{step(key)}" if above else step(key)
            if name not in keys and len(keys) >= MOST_KEYS:
                name = f"{above}.*" if above else "*"
            keys.add(name)
            self._note(name, level + 1, value, found)

    def _note(self, name: str, level: int, value: Any, found: dict[str, set[str]]) -> None:
        types = found.setdefault(name, set())
        match value:
            case dict():
                types.add("object")
                if level < MOST_LEVELS:
                    self._walk(name, level, value, found)
            case list():
                types.add("array")
                if level < MOST_LEVELS:
                    for item in value:
                        self._note(f"{name}[]", level + 1, item, found)
            case bool():
                types.add("boolean")
            case str():
                types.add("string")
            case float():
                types.add("number")


def _above(name: str) -> str:
    """The name of the object that a field is in."""
    steps = list(STEPS.finditer(name))
    return name[: max(steps[-1].start() - 1, 0)] if steps else ""


@dataclass
class _Node:
    types: set[str] = field(default_factory=set)
    inside: dict[str, "_Node"] = field(default_factory=dict)


def _pattern(fields: dict[str, set[str]]) -> str:
    """A regular expression for the lines that hold these fields, in any order, and no other."""
    root = _Node()
    for name, types in fields.items():
        node = root
        for part in STEPS.findall(name):
            node = node.inside.setdefault(part, _Node())
        node.types |= types
    return f"^{BLANK}{_object(root)}{BLANK}$"


def _object(node: _Node) -> str:
    alike: dict[str, list[str]] = {}
    for part, inner in node.inside.items():
        alike.setdefault(_value(inner), []).extend(_spellings(part))
    members = [f'"(?:{"|".join(keys)})"{BLANK}:{BLANK}(?:{value})' for value, keys in alike.items()]
    return rf"\{{{_repeated('|'.join(members))}\}}"


def _value(node: _Node) -> str:
    kinds = ["null"] + [SCALARS[kind] for kind in sorted(node.types & SCALARS.keys())]
    if "object" in node.types:
        kinds.append(_object(node))
    if "array" in node.types:
        item = node.inside.get("[]")
        kinds.append(rf"\[{_repeated(_value(item) if item else '')}\]")
    return "|".join(kinds)


def _repeated(what: str) -> str:
    # Commas are not counted: this is half the length of `x(,x)*`, which doubles at each level.
    return f"{BLANK}(?:(?:{what}){BLANK},?{BLANK})*" if what else BLANK


def _spellings(part: str) -> Iterator[str]:
    """A key as publishers write it: as it is, or in ASCII with \\u escapes."""
    if part == "*":
        yield r'(?:[^"\\]|\\.)*'
        return
    key = json.loads(part) if part.startswith('"') else part
    ascii_only = re.escape(json.dumps(key)[1:-1])
    yield re.sub(r"\\\\u[0-9a-f]{4}", lambda code: f"(?i:{code[0]})", ascii_only)
    plain = json.dumps(key, ensure_ascii=False)[1:-1]
    if not plain.isascii() and plain.isprintable():
        yield re.escape(plain)
