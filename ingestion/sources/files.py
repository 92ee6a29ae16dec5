"""Files delivered to a folder or an object store, by anybody.

Flow       location/**/pattern  ->  landing.<source>.<entity>, a row per record, as sent
Publisher  whoever delivers; a file may come twice, restated, cut off or late
Run        footfall ingest --source NAME[=FOLDER, FILE or URL]
"""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any
from zlib import crc32

import fsspec  # type: ignore[import-untyped]
import pyarrow as pa

from ingestion.config import FilesSource, redact_parts, redact_url
from ingestion.errors import BadFile, UsageFailure, as_text, disk_is_full, first_line
from ingestion.fields import Fields, Seen, columns
from ingestion.manifest import Entry, Known, unpacked
from ingestion.report import Report
from ingestion.shapes import Shapes
from ingestion.sources.formats import left_out, read_rows
from ingestion.sources.json_fields import JsonFields
from ingestion.spool import Spool

COPY_BYTES = 4 << 20


@dataclass(frozen=True)
class Found:
    """A file in the listing: source_file is its path relative to the location, / between parts."""

    source_file: str
    name: str
    version: str | None
    size: int
    url: str


class FilesReader:
    """The files of one source that are new since the last load.

    Errors  UsageFailure: the location is missing or cannot be listed
    """

    def __init__(
        self,
        source: FilesSource,
        known: dict[str, Known],
        report: Report,
        scratch: Path,
        shapes: Shapes,
        fields: Fields,
    ) -> None:
        self.source = source
        self._known = known
        self._report = report
        self._scratch = scratch
        self._shapes = shapes
        self._fields = fields
        self._place = redact_url(str(source.location))
        self._fs, self._root = self._connected()
        # Another encoding or limit may admit a file that was set aside: it is then tried again.
        rules = (source.format, source.encoding, source.delimiter, source.max_line_bytes)
        self._rules = f"~{crc32(repr(rules).encode()):08x}"
        self._missing: dict[str, list[Entry]] = {}
        self._listing = self._listed()

    def has_news(self) -> bool:
        return any(self._listing.values()) or any(self._missing.values())

    def extract(self, entity: str, spool: Spool) -> Iterator[Entry]:
        """Judge every new file of an entity; sound rows go to the spool."""
        known = self._known.setdefault(entity, Known())
        files = self._listing[entity]
        yield from self._missing[entity]
        what = f"{self.source.name}.{entity}"
        with self._report.progress(what, sum(file.size for file in files)):
            for file in files:
                entry = self._judged(entity, file, known, spool)
                if entry:
                    known.add(entry)
                    yield entry

    def _connected(self) -> tuple[Any, str]:
        location = str(self.source.location)
        try:
            if "://" in location:
                fs, root = fsspec.url_to_fs(location)
            else:  # a path may hold what in an address chains two, `::`
                fs, root = fsspec.filesystem("file"), os.path.abspath(os.path.expanduser(location))
            found = fs.exists(root)
        except Exception as error:  # each file system has its own kinds
            raise self._unreachable(error) from None
        if not found:
            if why := _unanswered(fs, location):
                raise self._unreachable(why)
            raise UsageFailure(
                f"source {self.source.name}: {self._place} does not exist. Create it, or correct "
                "the location."
            )
        return fs, root

    def _unreachable(self, why: BaseException) -> UsageFailure:
        location = str(self.source.location)
        return UsageFailure(
            f"source {self.source.name}: {self._place} cannot be reached "
            f"({redact_parts(first_line(why), location)}). Check the location and its credentials "
            "in the environment."
        )

    def _listed(self) -> dict[str, list[Found]]:
        """The entity's files in path order, without those known from their listing."""
        listing: dict[str, list[Found]] = {}
        found = self._walked()
        patterns = {name: entity.pattern for name, entity in self.source.entities.items()}
        matching = {
            entity: [file for file in found if _matches(file.source_file, pattern)]
            for entity, pattern in patterns.items()
        }
        is_file = self._fs.isfile(self._root)
        if is_file and not any(matching.values()):
            told = " or ".join(f"{pattern} ({entity})" for entity, pattern in patterns.items())
            raise UsageFailure(
                f"source {self.source.name}: {self._place} does not match {told}. Name a "
                "file that does, or correct the pattern."
            )
        for entity, files in matching.items():
            known = self._known.setdefault(entity, Known())
            listing[entity] = []
            if not files and not is_file:
                self._report.warning(
                    f"source {self.source.name}: no file in {self._place} matches "
                    f"{patterns[entity]} ({entity}). Check the folder and the pattern."
                )
            self._missing[entity] = self._gone(entity, known, {f.source_file for f in files})
            for entry in self._missing[entity]:
                known.add(entry)
            for file in files:
                before = known.latest.get(file.source_file)
                if before and file.version and before.listing_version == file.version:
                    continue
                if (
                    before
                    and file.version
                    and before.listing_version == f"{file.version}{self._rules}"
                ):
                    self._warn_known(before)
                    continue
                listing[entity].append(file)
        return listing

    def _gone(self, entity: str, known: Known, present: set[str]) -> list[Entry]:
        """Entries for the names whose file is no longer there, where the source removes them."""
        if self.source.on_missing == "keep" or not present or self._fs.isfile(self._root):
            return []  # an empty listing was warned of, and one file says nothing of the others
        gone: list[Entry] = []
        for name in sorted(known.standing):
            entries = known.standing[name]
            counted = entries if self.source.on_restate == "add" else entries[-1:]
            gone += {e.file_id: e for e in counted if e.source_file not in present}.values()
        before = {entry.source_file for entries in known.standing.values() for entry in entries}
        if gone and not before & present:
            raise UsageFailure(
                f"source {self.source.name}: {self._place} holds none of the "
                f"{len(before)} files known of {entity}, and on_missing: remove would take out all "
                "their rows. Correct the location; if it is right, load once with on_missing: keep."
            )
        return [
            replace(entry, status="missing", listing_version=None, byte_count=0, row_count=0)
            for entry in gone
        ]

    def _walked(self) -> list[Found]:
        try:
            if self._fs.isfile(self._root):
                infos = {self._root: self._fs.info(self._root)}
                base = str(PurePosixPath(_named(self._root)).parent)
            else:
                infos = dict(self._below(self._root))
                base = _named(self._root)
        except OSError as error:
            raise UsageFailure(
                f"source {self.source.name}: {self._place} cannot be listed ({error}). "
                "Check its permissions."
            ) from None
        files = []
        for path, info in sorted(infos.items()):
            relative = PurePosixPath(_named(path)).relative_to(base)
            if any(part.startswith(".") for part in relative.parts):
                continue  # a file that somebody is still writing, or a system's own
            if self._is_local() and Path(path).exists() and not Path(path).is_file():
                continue  # a pipe or a socket, or a link to one: reading it could wait for ever
            name = self._name_of(relative)
            version = _version(path, info, self._is_local())
            files.append(Found(str(relative), name, version, info["size"] or 0, path))
        return files

    def _below(self, folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every file of a folder and of the folders in it, whatever their depth."""
        if not self._is_local():
            yield from self._fs.find(folder, detail=True).items()
            return
        # As fsspec's find, but that one passes over a folder that it may not read.
        for info in self._fs.ls(folder, detail=True):
            if info["type"] != "directory":
                yield info["name"], info
            elif not PurePosixPath(info["name"]).name.startswith("."):
                yield from self._below(info["name"])

    def _is_local(self) -> bool:
        return isinstance(self._fs, fsspec.get_filesystem_class("file"))

    def _name_of(self, relative: PurePosixPath) -> str:
        """What a file stands for: new bytes under the same name restate it."""
        match self.source.file_key:
            case "path":
                return str(relative)
            case "name":
                return relative.name
            case pattern:
                path = str(relative)
                found = re.fullmatch(pattern, path) or re.fullmatch(pattern, unpacked(path))
                return (found and found[1]) or path

    def _judged(self, entity: str, file: Found, known: Known, spool: Spool) -> Entry | None:
        """Read one file; None when it brought nothing that is not known."""
        file_id: str | None = None
        path, borrowed = self._local(file)
        try:
            before = _identity(path)
            file_id = self._hashed(path)
            seen = known.latest.get(file.source_file)
            landed = known.landed.get(file_id)
            is_same = seen is not None and seen.file_id == file_id
            if seen and seen.status == "set_aside":
                # Other bytes, known or not, are no longer set aside, and say so.
                if is_same and str(seen.listing_version).endswith(self._rules):
                    self._warn_known(seen)
                    return None
            elif landed and (is_same or known.stands_for(file.name) == file_id):
                return None
            # All empty files are alike: that one is known says nothing of another.
            if landed and landed.row_count:
                return self._entry(entity, file, file_id, "redelivered")
            with spool.one_file(entity, file_id, file.source_file) as rows:
                names: list[str] = []
                schema: pa.Schema | None = None
                held = Seen({})
                lines = None
                if self.source.format == "jsonl":
                    lines = JsonFields(self._fields.known(entity))
                for batch in read_rows(path, file.source_file, self.source, self._report.advance):
                    if batch.schema != schema:
                        schema = batch.schema
                        names = self._shapes.names(entity, schema)
                        bare = left_out(schema)
                        if self.source.format != "jsonl":
                            self._shapes.refuse_foreign(entity, [*names, *bare])
                        held = columns(schema, names)
                        held = Seen({**held.types, **dict.fromkeys(bare, frozenset())})
                    if lines:
                        lines.add(batch.column(0).chunk(0))
                    rows.write(batch.rename_columns(names))
                if _identity(path) != before:
                    raise BadFile("unreadable", "it changed while it was read. Run again.")
                if lines and lines.is_no_json():
                    raise BadFile(
                        "unreadable",
                        "its name says JSON lines, not one of its lines is JSON. Deliver it again, "
                        "or under the right name.",
                    )
            if not rows.count:
                self._report.warning(
                    f"source {self.source.name}: {file.source_file} holds no rows"
                    f"{self._replaced(file, known)}. If it should, deliver it again."
                )
            if landed:
                return self._entry(entity, file, file_id, "redelivered")
            entry = self._entry(entity, file, file_id, "landed", row_count=rows.count)
            self._fields.saw(entry, lines.seen() if lines else held)
            return entry
        except BadFile as error:
            return self._set_aside(entity, file, file_id, error, known)
        except OSError as error:
            if error.filename is None or Path(error.filename) != path:
                raise  # not this file's fault: our disk is full, say
            why = BadFile("unreadable", f"{error.strerror}. Check its permissions and its disk.")
            return self._set_aside(entity, file, file_id, why, known)
        finally:
            if borrowed:
                path.unlink(missing_ok=True)

    def _replaced(self, file: Found, known: Known) -> str:
        """What a file without rows takes away."""
        before = known.landed.get(known.stands_for(file.name) or "")
        if self.source.on_restate == "add" or not (before and before.row_count):
            return ""
        return f", and stands for the {before.row_count:,} that it held before"

    def _local(self, file: Found) -> tuple[Path, bool]:
        """A path on this machine; True when it is a copy of ours."""
        if self._is_local():
            return Path(file.url), False
        copy = self._scratch / "fetched"
        try:
            self._fs.get_file(file.url, str(copy))
        except Exception as error:  # each file system has its own kinds
            if isinstance(error, OSError) and disk_is_full(error):
                raise
            said = redact_parts(first_line(error), str(self.source.location))
            raise UsageFailure(
                f"source {self.source.name}: {file.source_file} cannot be fetched ({said}). "
                "Check the connection and run again."
            ) from None
        return copy, True

    def _hashed(self, path: Path) -> str:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def _entry(
        self, entity: str, file: Found, file_id: str | None, status: str, row_count: int = 0
    ) -> Entry:
        return Entry(
            file_id=file_id,
            entity=entity,
            name=file.name,
            source_file=file.source_file,
            status=status,
            listing_version=file.version,
            byte_count=file.size,
            row_count=row_count,
        )

    def _set_aside(
        self, entity: str, file: Found, file_id: str | None, error: BadFile, known: Known
    ) -> Entry | None:
        before = known.latest.get(file.source_file)
        if not file_id and before and before.reason == error.reason:
            self._warn_known(before)  # still unreadable: said once, then tried at every run
            return None
        self._report.error(
            f"source {self.source.name}: {file.source_file} is set aside, none of its rows "
            f"landed: {error.reason}: {error.detail}"
        )
        return Entry(
            file_id=file_id,
            entity=entity,
            name=file.name,
            source_file=file.source_file,
            status="set_aside",
            # Without its bytes' hash nothing says when it has changed: look again each time.
            listing_version=f"{file.version}{self._rules}" if file_id else None,
            byte_count=file.size,
            reason=error.reason,
            detail=error.detail,
        )

    def _warn_known(self, entry: Entry) -> None:
        self._report.warning(
            f"source {self.source.name}: {entry.source_file} stays set aside "
            f"({entry.reason}: {entry.detail})"
        )


def _unanswered(fs: Any, location: str) -> BaseException | None:
    """Why a web server did not say whether there is something; fsspec takes that for a no."""
    if not location.lower().startswith(("http://", "https://")):
        return None
    try:
        fs.info(location)
    except FileNotFoundError as error:
        is_answer = getattr(error.__cause__, "status", None) in (404, 410)
        return None if is_answer else error.__cause__
    return None


def _matches(source_file: str, pattern: str) -> bool:
    """A pattern without / is for the file's name in any folder, one with / for the whole path."""
    return fnmatchcase(source_file if "/" in pattern else PurePosixPath(source_file).name, pattern)


def _named(path: str) -> str:
    """What a file is called: without a query, which may hold a key."""
    if path.startswith(("http://", "https://")):
        path = path.partition("?")[0]
    return as_text(path)


def _version(path: str, info: dict[str, Any], is_local: bool) -> str | None:
    """What changes in the listing when the bytes do: an object's ETag, or size and time.

    None: the listing does not say, the bytes have to be read.
    """
    if is_local:
        if info.get("islink") and not Path(path).exists():
            return None  # a link to nowhere: reading it says so
        return f"{info['size']}-{Path(path).stat().st_mtime_ns}"
    if info.get("ETag"):
        return str(info["ETag"]).strip('"')
    # Each file system calls it otherwise.
    times = [info.get(name) for name in ("LastModified", "last_modified", "mtime", "modify")]
    changed = next((str(time) for time in times if time), None)
    return f"{info['size']}-{changed}" if changed else None


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
