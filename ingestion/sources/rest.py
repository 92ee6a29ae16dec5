"""Paginated JSON over HTTP: one list per page, a link to the next.

Flow       GET path, then every next link  ->  landing.<source>.<entity>, one row per item
Publisher  any service; a page is asked for again only when its ETag changed
Run        footfall ingest --source NAME[=BASE_URL]

Shape   payload: the item's JSON text, as sent
Units   _file_id: sha256 of the page's bytes, and of the place of its items where others of the same
        bytes had landed; _row_number: position in the page
"""

import contextlib
import hashlib
import json
import re
import signal
import time
from collections.abc import Iterator
from typing import Any, NamedTuple, Self, cast
from urllib.parse import SplitResult, urljoin, urlsplit
from zlib import crc32

import pyarrow as pa
import requests
from dlt.common.jsonpath import compile_path, find_values
from dlt.sources.helpers.rest_client.client import RESTClient
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, IncompleteRead, InvalidHeader
from urllib3.util.retry import Retry

from ingestion.config import (
    RestEntity,
    RestSource,
    expand,
    redact_parts,
    redact_url,
    without_inserted,
)
from ingestion.errors import DataFailure, UsageFailure
from ingestion.fields import Fields
from ingestion.manifest import Entry, Known
from ingestion.report import Report
from ingestion.sources.json_fields import JsonFields
from ingestion.sources.json_text import list_items
from ingestion.spool import Spool

RETRIES = 5
RETRY_AFTER_SECONDS = 60  # a server may ask for hours
PORTS = {"http": 80, "https": 443}
TRANSIENT = (429, 500, 502, 503, 504)
MAX_BODY_BYTES = 512 << 20  # a page is parsed in memory, and takes several times its size there
READ_BYTES = 1 << 16
KEPT = re.compile("(.*)~([0-9a-f]{8})~([0-9a-f]{8})")
HALF = re.compile("[\ud800-\udfff]")  # of a character: JSON may escape it, no text can hold it


class _Retry(Retry):
    """Retry that leaves a failed answer's body unread: it may never end.

    said: what went wrong last, for whoever gives up; the list of the one that was started
    """

    said: list[str]

    def new(self, **settings: Any) -> Self:
        other = super().new(**settings)
        other.said = self.said
        return other

    def increment(self, *arguments: Any, **settings: Any) -> Self:
        response, error = settings.get("response"), settings.get("error")
        if response is not None:
            response.close()
            wait = response.headers.get("Retry-After")
            asks = f", which asks to wait {wait}" if wait else ""
            self.said[:] = [f"the last answer was {response.status}{asks}"]
        elif error is not None:
            self.said[:] = [f"there was no answer ({type(error).__name__})"]
        return super().increment(*arguments, **settings)

    def parse_retry_after(self, retry_after: str) -> float:
        try:
            return super().parse_retry_after(retry_after)
        except (InvalidHeader, ValueError, OverflowError):
            return 0  # neither seconds nor a date


class _NoSuchPath(UsageFailure):
    """The API answered 404."""


class _OtherHostError(Exception):
    """A redirect led to another host, whose address this is."""


class _DeadlineError(Exception):
    """The source's time is over."""


class _Kept(NamedTuple):
    """What is kept of a page as its listing_version; an earlier version kept its ETag alone.

    etag   empty where the API sends none, or the next link holds a secret
    rules  the entity's items and next with which it was read
    place  where its items stood
    """

    etag: str = ""
    rules: str = ""
    place: str = ""


@contextlib.contextmanager
def _until(deadline: float) -> Iterator[None]:
    """Whatever is waited for inside ends at the deadline, a header that drips or a long sleep."""

    def end(number: int, frame: object) -> None:
        raise _DeadlineError

    before = signal.signal(signal.SIGALRM, end)
    # Again each second: what is raised where nobody listens is lost.
    signal.setitimer(signal.ITIMER_REAL, max(deadline - time.monotonic(), 1e-3), 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class _OneHost(requests.Session):
    """A session whose secret headers follow no redirect to another host."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        target = super().get_redirect_target(resp)
        if target:
            came, goes = urlsplit(resp.url), urlsplit(urljoin(resp.url, target))
            is_upgrade = (came.scheme, goes.scheme) == ("http", "https")
            try:
                is_same = origin(came) == origin(goes)
            except ValueError:  # no port
                raise _OtherHostError(goes.geturl()) from None
            if not is_same and not (is_upgrade and came.hostname == goes.hostname):
                raise _OtherHostError(goes.geturl())
        return target


class RestReader:
    """The pages of one API.

    Errors  UsageFailure: no such address, not allowed; DataFailure: errors that stayed, pages that
            do not end or are no JSON
    """

    def __init__(
        self,
        source: RestSource,
        base_url: str,
        known: dict[str, Known],
        report: Report,
        fields: Fields,
    ) -> None:
        self.source = source
        self._base_url = base_url.rstrip("/")
        self._known = known
        self._report = report
        self._fields = fields
        self._said: list[str] = []
        self._other_count = 0
        retry = _Retry(
            total=RETRIES,
            status_forcelist=TRANSIENT,
            backoff_factor=0.2,
            backoff_max=10,
            retry_after_max=RETRY_AFTER_SECONDS,
            raise_on_status=False,
        )
        retry.said = self._said
        session = _OneHost()
        session.stream = True  # a body is read here, under a limit
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(max_retries=retry))
        headers = {name: expand(value, source.name) for name, value in source.headers.items()}
        self._client = RESTClient(base_url=self._base_url, headers=headers, session=session)
        self._deadline = time.monotonic() + source.max_seconds

    def close(self) -> None:
        self._client.session.close()

    def has_news(self) -> bool:
        return True  # only asking tells

    def extract(self, entity: str, spool: Spool) -> Iterator[Entry]:
        """Walk the pages from the first; land those whose bytes are new."""
        settings = self.source.entities[entity]
        known = self._known.setdefault(entity, Known())
        self._other_count = 0
        with self._report.progress(f"{self.source.name}.{entity}", None):
            url: str | None = self._base_url + expand(settings.path, self.source.name, True)
            urls: set[str] = set()
            hashes: set[str] = set()
            while url:
                self._guard(entity, url, urls)
                try:
                    entry, next_page = self._page(entity, settings, url, known, spool, hashes)
                except _NoSuchPath:
                    # What was there before and is gone is news; what never was is not.
                    if settings.optional and not known.latest:
                        return
                    raise
                if known.latest.get(entry.source_file) != entry:
                    known.add(entry)
                    yield entry
                url = self._followed(url, next_page)
        if self._other_count and self.source.on_restate != "replace":
            pages = "1 page" if self._other_count == 1 else f"{self._other_count:,} pages"
            self._report.warning(
                f"source {self.source.name}: {entity}: {pages} landed earlier with other items "
                f"than those at {settings.items!r}, and both count. Set on_restate: replace if the "
                "later should take the place of the earlier."
            )

    def _guard(self, entity: str, url: str, urls: set[str]) -> None:
        if url in urls:
            raise self._endless(entity, f"it names {redact_url(url)} a second time")
        urls.add(url)
        if len(urls) > self.source.max_pages:
            raise self._endless(entity, f"more than {self.source.max_pages} pages (max_pages)")

    def _endless(self, entity: str, why: str) -> DataFailure:
        return DataFailure(
            f"source {self.source.name}: {entity} does not end: {why}. Nothing of this source "
            "landed. Check the API's next link, or raise the limit."
        )

    def _page(
        self,
        entity: str,
        settings: RestEntity,
        url: str,
        known: Known,
        spool: Spool,
        hashes: set[str],
    ) -> tuple[Entry, str | None]:
        """Ask for one page; an unchanged one gives back its earlier entry. And its next link."""
        name = _name(url)
        rules = _digits((settings.items, settings.next))
        last = known.latest.get(name)
        # Other rules may find what these did not: what is known of a page holds under its own.
        before = last if _kept(last).rules == rules else None
        self._said.clear()
        try:
            with _until(self._deadline):
                response = self._get(entity, url, before)
                if response.status_code == 304 and before:
                    return before, before.next_page
                body = self._body(entity, url, response)
        except _DeadlineError:
            why = f"more than {self.source.max_seconds:g} s (max_seconds)"
            raise self._endless(entity, "; ".join([why, *self._said])) from None
        self._report.advance(len(body))
        digest = hashlib.sha256(body)
        file_id = digest.hexdigest()
        items, place, next_page = self._parsed(entity, settings, url, body)
        if file_id in hashes and next_page:
            raise self._endless(entity, f"{redact_url(url)} repeats an earlier page")
        hashes.add(file_id)
        if landed := known.landed.get(file_id):
            digest.update(repr(place).encode())
            other_id = digest.hexdigest()
            if other_id in known.landed:
                file_id = other_id
            elif not _has(landed, last, items, place):
                # One id may not stand for two lists of rows: each row finds its file by it.
                file_id = other_id
                stood = known.landed.get((last and last.file_id) or "", landed)
                self._other_count += bool(landed.row_count or stood.row_count)
        if before and before.file_id == file_id:
            return before, next_page
        # A link with a secret is kept masked, so its page has to be asked for in full again.
        shown = redact_url(next_page) if next_page else None
        etag = response.headers.get("ETag", "") if shown == next_page else ""
        entry = Entry(
            file_id=file_id,
            entity=entity,
            name=name,
            source_file=name,
            status="redelivered" if file_id in known.landed else "landed",
            listing_version=f"{etag}~{rules}~{_digits(place)}",
            byte_count=len(body),
            row_count=0 if file_id in known.landed else len(items),
            next_page=shown,
        )
        if entry.status == "landed":
            with spool.one_file(entity, file_id, name) as rows:
                payload = pa.array(items, pa.string())
                rows.write(pa.table({"payload": payload}))
            lines = JsonFields(self._fields.known(entity))
            lines.add(payload)
            self._fields.saw(entry, lines.seen())
        return entry, next_page

    def _body(self, entity: str, url: str, response: requests.Response) -> bytes:
        """The answer's body, read as it comes: it may drip for ever, or be huge."""
        body = bytearray()
        try:
            while chunk := response.raw.read1(READ_BYTES, decode_content=True):
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise DataFailure(
                        f"source {self.source.name}: {entity}: {redact_url(url)} sent more than "
                        f"{MAX_BODY_BYTES >> 20} MB. Ask for smaller pages in the entity's path."
                    )
            if response.raw.length_remaining:
                raise IncompleteRead(len(body), response.raw.length_remaining)
        except (HTTPError, OSError) as error:
            raise DataFailure(
                f"source {self.source.name}: {entity}: the answer of {redact_url(url)} broke off "
                f"({type(error).__name__}). Run again when it answers."
            ) from None
        finally:
            response.close()
        return bytes(body)

    def _get(self, entity: str, url: str, before: Entry | None) -> requests.Response:
        etag = _kept(before).etag
        headers = {"If-None-Match": etag} if etag else {}
        try:
            response = self._client.get(url, headers=headers, timeout=self.source.timeout_seconds)
        except requests.exceptions.HTTPError as answered:
            # RESTClient raises it for an answer's status, which is judged below.
            response = cast(requests.Response, answered.response)
        except _OtherHostError as error:
            raise DataFailure(
                f"source {self.source.name}: {entity}: {redact_url(url)} redirects to another "
                f"host, {redact_url(str(error))}; our headers do not go there. Correct the "
                "location."
            ) from None
        except (
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidSchema,
            requests.exceptions.MissingSchema,
        ):
            raise UsageFailure(
                f"source {self.source.name}: {redact_url(str(self.source.location))} is no address "
                "beginning with http:// or https://. Correct the location."
            ) from None
        except requests.exceptions.RequestException as error:
            kind = UsageFailure if isinstance(error, requests.ConnectionError) else DataFailure
            raise kind(
                f"source {self.source.name}: {entity}: no answer from {redact_url(url)} "
                f"({type(error).__name__}). Check the address, and run again when it answers."
            ) from None
        if response.status_code in TRANSIENT:
            raise DataFailure(
                f"source {self.source.name}: {entity}: {redact_url(url)} answered "
                f"{response.status_code} {RETRIES + 1} times. Nothing of this source landed; run "
                "again later."
            )
        if response.status_code >= 400:
            kind = _NoSuchPath if response.status_code == 404 else UsageFailure
            raise kind(
                f"source {self.source.name}: {entity}: {redact_url(url)} answered "
                f"{response.status_code} {response.reason}. Check the path and the headers."
            )
        return response

    def _parsed(
        self, entity: str, settings: RestEntity, url: str, body: bytes
    ) -> tuple[list[str], str, str | None]:
        """The items, where they stand in the page, and the next link."""
        try:
            text = body.decode(json.detect_encoding(body))
            page = json.loads(text, parse_int=float)
        except (ValueError, RecursionError) as error:
            raise DataFailure(
                f"source {self.source.name}: {entity}: {redact_url(url)} is no JSON ({error}). "
                "Check the address, and run again."
            ) from None
        found = compile_path(settings.items).find(page)
        if len(found) != 1 or not isinstance(found[0].value, list):
            raise DataFailure(
                f"source {self.source.name}: {entity}: {redact_url(url)} has no list at "
                f"{settings.items!r}. Correct the entity's items."
            )
        following = find_values(compile_path(settings.next), page) if settings.next else []
        next_page = following[0] if following else None
        # Taken for the end, it would cut the list short in silence.
        if next_page is not None and (type(next_page) is not str or HALF.search(next_page)):
            raise DataFailure(
                f"source {self.source.name}: {entity}: {redact_url(url)} names the next page at "
                f"{settings.next!r}, but not as a text. Correct the entity's next: it must lead to "
                "a link."
            )
        try:
            place = found[0].full_path
            return list_items(text, place), str(place), next_page or None
        except ValueError as error:
            raise UsageFailure(
                f"source {self.source.name}: {entity}: items: {settings.items!r}: {error}. Name "
                "the list by its keys and places alone."
            ) from None

    def _followed(self, url: str, next_page: str | None) -> str | None:
        if not next_page:
            return None
        # A path is meant below the base URL when it was written that way, else below the host.
        try:
            target = urljoin(url, next_page)
            goes, base = urlsplit(target), urlsplit(self._base_url)
            is_same = origin(goes) == origin(base)
        except ValueError as error:
            why = redact_parts(str(error), next_page)
            raise DataFailure(
                f"source {self.source.name}: {redact_url(url)} names a next page, "
                f"{redact_url(next_page)!r}, that is no address ({why}). Check the API."
            ) from None
        if not is_same:
            raise DataFailure(
                f"source {self.source.name}: the next link leads to another host, "
                f"{redact_url(target)}; our headers do not go there. Check the API."
            )
        # A link does not repeat the user and the password of the address.
        return target if goes.netloc == base.netloc else goes._replace(netloc=base.netloc).geturl()


def origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    """Scheme, host and port, whatever their case and whether or not the port is written.

    Errors  ValueError: the port is none
    """
    port = PORTS.get(parts.scheme) if parts.port is None else parts.port
    return parts.scheme, parts.hostname, port


def _digits(value: object) -> str:
    return f"{crc32(repr(value).encode()):08x}"


def _kept(entry: Entry | None) -> _Kept:
    found = KEPT.fullmatch(entry.listing_version or "") if entry else None
    return _Kept(*found.groups()) if found else _Kept()


def _has(landed: Entry, last: Entry | None, items: list[str], place: str) -> bool:
    """True when these items are what landed from the same bytes.

    last: the page's latest entry; it knows the place also of bytes that an earlier version landed
    """
    if landed.row_count != len(items):
        return False
    kept = _kept(last if last and last.file_id == landed.file_id else landed)
    return not items or kept.place in ("", _digits(place))


def _name(url: str) -> str:
    """Path and query: what a page is called in landing.

    A cursor may be called a token and is masked: a hash keeps the pages apart. What came from the
    environment is not in it, so a new key leaves the names as they are.
    """
    masked, full = _below_host(redact_url(url)), _below_host(without_inserted(url))
    return masked if masked == full else f"{masked}#{hashlib.sha256(full.encode()).hexdigest()[:8]}"


def _below_host(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
