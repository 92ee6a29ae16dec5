"""The event files of a day, their second deliveries, and what became of their lines."""

import gzip
import hashlib
import shutil
from collections import Counter
from operator import itemgetter
from pathlib import Path

from sample.clock import day_name
from sample.seeds import generator
from sample.tally import Tally

Placed = tuple[int, str, str]  # place in the file, text, verdict
BATCH = 50_000  # lines sorted and written at once; 50 MB


class EventFiles:
    """Writes web/delivery-1/<day>.jsonl.gz and web/delivery-2.

    A restated day has its faulty first version in delivery-1 and the right one, under the same
    name, in delivery-2. A redelivered day's bytes are in delivery-2 again as <day>-again.
    The compressed bytes depend on the machine's zlib; their content does not.
    """

    def __init__(self, folder: Path, seed: int, restated: set[int], redelivered: set[int]) -> None:
        self.folder = folder
        self.seed = seed
        self.restated = restated
        self.redelivered = redelivered
        self.pending: dict[int, list[Placed]] = {}
        self.tallies: dict[int, Tally] = {}
        self.first_versions: dict[int, int] = {}  # lines in the version that was replaced
        self.copies: Counter[tuple[int, ...]] = Counter()
        self.accepted = 0
        self._day: int | None = None
        self._file: gzip.GzipFile | None = None
        self._draft: gzip.GzipFile | None = None
        for number in (1, 2):
            (folder / "web" / f"delivery-{number}").mkdir(parents=True)

    def open(self, day: int) -> None:
        """Begin the file of a day, with the lines that were waiting for it."""
        self._day = day
        self._lines = self.pending.pop(day, [])
        self._rng = generator(self.seed, "restated", day)
        self.tallies[day] = Tally()

    def add(self, day: int, place: int, text: str, verdict: str = "") -> None:
        """Put a line into the file of its day, which is not yet closed, ordered by place."""
        if day != self._day:
            if self._day is not None and day < self._day:
                raise ValueError(f"the file of {day_name(day)} is closed: {text}")
            self.pending.setdefault(day, []).append((place, text, verdict))
            return
        self._lines.append((place, text, verdict))
        if len(self._lines) >= BATCH:
            self._write()

    def close(self) -> None:
        """End the file of the day; a day without lines has no file."""
        self._write()
        for file in (self._file, self._draft):
            if file:
                file.close()
        if self._day in self.redelivered and self._file:
            path = self.path(self._day)
            shutil.copyfile(
                path, self.folder / f"web/delivery-2/{day_name(self._day)}-again.jsonl.gz"
            )
        self._file = self._draft = self._day = None

    def path(self, day: int, delivery: int | None = None) -> Path:
        """Where the lines of a day that count are, or another delivery of them."""
        delivery = delivery or (2 if day in self.restated else 1)
        return self.folder / f"web/delivery-{delivery}/{day_name(day)}.jsonl.gz"

    def _write(self) -> None:
        if not self._lines:
            return
        assert self._day is not None
        day, lines = self._day, sorted(self._lines, key=itemgetter(0))
        self._lines = []
        if self._file is None:
            self._file = _create(self.path(day))
            if day in self.restated:
                self._draft = _create(self.path(day, 1))
                self.first_versions[day] = 0
        self._file.write("".join([f"{text}\n" for _, text, _ in lines]).encode())
        tally = self.tallies[day]
        tally.raw += len(lines)
        for _, _, verdict in lines:
            if verdict:
                if verdict in ("same_payload", "conflict"):
                    tally.repeat(verdict)
                elif verdict != "?":
                    tally.reject(verdict)
        if self._draft:
            self.first_versions[day] += self._write_draft(lines)

    def _write_draft(self, lines: list[Placed]) -> int:
        """The faulty version: a line missing now and then, some prices wrong."""
        assert self._draft
        kept = [text for _, text, _ in lines[1:] if self._rng.random() >= 0.03]
        kept = [text.replace('90"', '99"') if self._rng.random() < 0.05 else text for text in kept]
        if not kept:  # empty files would be copies of each other
            kept = [f"{lines[0][1]} "]
        self._draft.write("".join([f"{text}\n" for text in kept]).encode())
        return len(kept)

    def facts(self) -> dict[str, dict[str, object]]:
        """By path relative to the sample: what becomes of each file's lines."""
        if self.pending:
            raise ValueError(f"lines for days outside the window: {sorted(self.pending)}")
        hashes = {day: _sha256(self.path(day)) for day, tally in self.tallies.items() if tally.raw}
        for days, count in self.copies.items():
            winner = min(days, key=lambda day: hashes[day])
            for day in days:
                if day != winner:
                    self.tallies[day].repeat("same_payload", count)
        facts: dict[str, dict[str, object]] = {}
        for day, sha in hashes.items():
            facts[self._name(self.path(day))] = {
                "status": "landed",
                "sha256": sha,
                **self.tallies[day].facts(),
            }
            if day in self.first_versions:
                path, draft = self.path(day, 1), Tally()
                draft.raw = self.first_versions[day]
                draft.repeat("superseded", draft.raw)
                facts[self._name(path)] = {
                    "status": "landed",
                    "sha256": _sha256(path),
                    **draft.facts(),
                }
            if day in self.redelivered:
                facts[f"web/delivery-2/{day_name(day)}-again.jsonl.gz"] = {
                    "status": "redelivered",
                    "sha256": sha,
                    **Tally().facts(),
                }
        return dict(sorted(facts.items()))

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()


def _create(path: Path) -> gzip.GzipFile:
    # A name or a time in the header would make equal content unequal bytes.
    return gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=path.open("wb"), mtime=0)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
