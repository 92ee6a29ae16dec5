"""The sources, read from `vars.sources` of dbt_project.yml, where dbt reads them too.

Errors  UsageFailure names the source and the key, and says what to write instead
"""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    ValidationError,
    field_validator,
)

from ingestion.database_file import memory_limit
from ingestion.errors import UsageFailure, as_text

NAME = "[a-z][a-z0-9_]*"
# Schemas and databases that DuckDB has of its own, or that landing is.
TAKEN = ("information_schema", "landing", "main", "pg_catalog", "system", "temp")
VARIABLE = re.compile(r"\$\{(\w+)\}")
# Where a URL or a header keeps its secret: there only ${VAR} may stand in dbt_project.yml.
# In a sentence a URL ends with the word. One that stands alone may hold nearly anything, and its
# password reaches to the last @; what was meant to be one is treated alike. http alone takes digits
# and / for a port. A variable is no secret.
NO_VARIABLE = r"(?!\$\{\w+\}@)"


def _before_password(user: str) -> str:
    return rf"(?<!http)(?<!https)://{user}:|https?://{user}:(?!\d+[/?#])"


URL_PASSWORD = re.compile(
    "(" + _before_password(r"[^/?#:\s]*") + ")" + NO_VARIABLE + r"(\S*)@", re.IGNORECASE
)
LONE_URL_PASSWORD = re.compile(
    "(" + _before_password("[^/:]*") + ")" + NO_VARIABLE + "(.*)@", re.IGNORECASE | re.DOTALL
)
NEARLY_URL_PASSWORD = re.compile(
    r"^([^:@]*:/?(?:[^\s:@/]+:)?(?!/))" + NO_VARIABLE + "(.*)@", re.DOTALL
)
HTTP_TOKEN = re.compile(r"(https?://)" + NO_VARIABLE + "([^/?#:@]+)@", re.IGNORECASE)
SECRET_NAME = re.compile(
    r"passw|passphrase|secret|token|auth|cookie|credential|signature"
    r"|(?:api|access|private|account|subscription)[-_]?key|^(?:pass|pwd|sig|key|odbc_connect)$",
    re.IGNORECASE,
)
PARAMETER = re.compile(r"([?&])([^=&?#\s]+)=([^&#\s]*)")
LONE_PARAMETER = re.compile(
    r"([?&])(odbc_connect(?==)|[^=&?#]+)=((?<=odbc_connect=).*|[^&]*)", re.DOTALL
)
BEHIND_HOST = re.compile(r"(?:https?://[^/?#]*)?[/?]")
MASK = "***"
SQLITE = "sqlite:///"
SAMPLE_LOCATION = "sample:"  # the sample shop's API, served while it is read


# Also the name of a table in landing, beside dlt's and our own.
EntityName = Annotated[str, StringConstraints(pattern=f"^{NAME}$")]


class Entity(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FilesEntity(Entity):
    pattern: str


class DatabaseEntity(Entity):
    table: str
    key: Annotated[list[str], Field(min_length=1)]


class RestEntity(Entity):
    path: str
    items: str
    next: str | None = None
    # An API that does not have the path has no such items, and is not refused for it.
    optional: bool = False


class SourceBase(BaseModel):
    """What every source has. The second group of keys is read by the SQL models only."""

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    enabled: StrictBool = True
    location: str | None = None
    on_restate: Literal["replace", "add"] | None = None

    models: dict[str, str] = {}
    feeds: dict[str, Any] = {}
    lag_minutes: StrictInt | None = None
    max_delay_minutes: Annotated[StrictInt, Field(ge=0)] | None = None
    complete_through: AwareDatetime | None = None
    time_zone: str | None = None

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str | None) -> str | None:
        if value is not None and not _is_zone(value):
            raise ValueError("must be the IANA name of a time zone, as Europe/Berlin")
        return value


class FilesSource(SourceBase):
    kind: Literal["files"]
    format: Literal["csv", "jsonl", "parquet"]
    # path, name, or a regular expression whose one group is the name a file stands for.
    file_key: str = "path"
    # What becomes of the rows of a file that is no longer there.
    on_missing: Literal["keep", "remove"] = "keep"
    encoding: str = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    max_line_bytes: Annotated[int, Field(ge=1024, le=1 << 30)] = 16 << 20
    entities: Annotated[dict[EntityName, FilesEntity], Field(min_length=1)]

    @field_validator("file_key")
    @classmethod
    def _names_files(cls, value: str) -> str:
        try:
            is_known = value in ("path", "name") or re.compile(value).groups == 1
        except re.error:  # no ValueError before Python 3.13, and pydantic takes no other
            is_known = False
        if not is_known:
            raise ValueError("must be path, name or a regular expression with one group")
        return value


class DatabaseSource(SourceBase):
    kind: Literal["database"]
    entities: Annotated[dict[EntityName, DatabaseEntity], Field(min_length=1)]


class RestSource(SourceBase):
    kind: Literal["rest"]
    headers: dict[str, str] = {}
    max_pages: Annotated[int, Field(ge=1)] = 10_000
    max_seconds: Annotated[float, Field(gt=0, le=1e7, allow_inf_nan=False)] = 600
    timeout_seconds: Annotated[float, Field(gt=0)] = 30
    entities: Annotated[dict[EntityName, RestEntity], Field(min_length=1)]


Source = FilesSource | DatabaseSource | RestSource


class _Declared(BaseModel):
    source: Source = Field(discriminator="kind")


def home_folder(project: Path) -> Path:
    """FOOTFALL_HOME, absolute: a relative path would follow the current directory."""
    given = expanded(Path(os.environ.get("FOOTFALL_HOME") or project / "warehouse"))
    try:
        home = given.resolve()
        home.lstat()
    except FileNotFoundError:
        pass  # it will be made
    except (OSError, RuntimeError) as error:
        reason = "its links lead in a circle" if isinstance(error, RuntimeError) else error.strerror
        raise UsageFailure(
            f"{as_text(str(given))} cannot be used: {reason}. Let FOOTFALL_HOME name a folder."
        ) from None
    if os.path.isfile(home):
        raise UsageFailure(f"{home} is a file. Let FOOTFALL_HOME name a folder.")
    if os.path.exists(home / "dbt_project.yml"):
        raise UsageFailure(
            f"{home} is a project. Let FOOTFALL_HOME name a folder of its own, as warehouse."
        )
    # dlt, dbt, DuckDB and file patterns take these for something else: of a folder a=b DuckDB makes
    # a column.
    if as_text(str(home)) != str(home) or any(sign in str(home) for sign in "?#\\'%="):
        raise UsageFailure(
            f"{as_text(str(home))} cannot be used. Let FOOTFALL_HOME name a folder without ?, #, "
            "\\, ', % and =, in UTF-8."
        )
    return home


def expanded(path: Path) -> Path:
    """With ~ as the home folder it stands for."""
    try:
        return path.expanduser()
    except RuntimeError:
        raise UsageFailure(f"{path} names the home folder of nobody here.") from None


def engine_config() -> dict[str, str | bool | int | float | list[str]]:
    """What DuckDB is opened with: the cores of FOOTFALL_THREADS, FOOTFALL_MEMORY_LIMIT; or all.

    Errors  UsageFailure: not a whole number above 0; not a number and a unit
    """
    limit = os.environ.get("FOOTFALL_MEMORY_LIMIT")
    memory = {"memory_limit": memory_limit(limit)} if limit else {}
    threads = os.environ.get("FOOTFALL_THREADS", "")
    if not threads:
        return {**memory}
    if not re.fullmatch(r"0*[1-9][0-9]{0,3}", threads):
        raise UsageFailure(f"FOOTFALL_THREADS must be a whole number above 0, got {threads!r}.")
    return {**memory, "threads": threads}


def read_sources(project: Path) -> dict[str, Source]:
    """Every source declared in dbt_project.yml, by name, switched on or not."""
    path = project / "dbt_project.yml"
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        raise UsageFailure(
            f"{path} does not exist. Run footfall in the project's folder or name it "
            "with --project-dir."
        ) from None
    # A day that no calendar has is a ValueError of its own.
    except (yaml.YAMLError, OSError, ValueError) as error:
        raise UsageFailure(f"{path} cannot be read: {error}") from None
    settings = (document.get("vars") or {}) if isinstance(document, dict) else None
    if not isinstance(settings, dict):
        raise UsageFailure(f"{path} cannot be read: it and its vars have to be names with values.")
    zone = settings.get("shop_timezone", "UTC")
    if not _is_zone(zone):
        raise UsageFailure(
            f"{path}: shop_timezone: {zone!r} is no time zone. Write its IANA name, as "
            "Europe/Berlin."
        )
    entries = settings.get("sources") or {}
    if not isinstance(entries, dict):
        raise UsageFailure(f"{path}: vars.sources must map a source's name to its settings.")
    sources = {name: parse_source(name, entry, path) for name, entry in entries.items()}
    _refuse_unknown_contracts(sources, project, path)
    return sources


def _refuse_unknown_contracts(sources: dict[str, Source], project: Path, path: Path) -> None:
    """What feeds a contract that no model reads would be missing in every mart, and nobody told."""
    models = (path for path in project.glob("models/**/*.sql") if path.is_file())
    texts = (model.read_text(encoding="utf-8", errors="replace") for model in models)
    known = {name for text in texts for name in re.findall(r"union_feeds\(\s*'(\w+)'", text)}
    for source in sources.values():
        for contract in source.feeds.keys() - known:
            raise UsageFailure(
                f"{path}: source {source.name}: feeds: {contract} is no contract. Name one of "
                f"{', '.join(sorted(known))}."
            )


def _is_zone(name: Any) -> bool:
    try:
        ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def parse_source(name: str, entry: Any, path: Path) -> Source:
    """One entry, checked; a mistake becomes one sentence that names the key."""
    if not re.fullmatch(NAME, str(name)):
        raise UsageFailure(
            f"{path}: source name {name!r} must be lower case letters, digits and underscores."
        )
    if name in TAKEN:
        raise UsageFailure(f"{path}: {name} is a name of DuckDB's own. Call the source otherwise.")
    if not isinstance(entry, dict):
        raise UsageFailure(f"{path}: source {name} must be a mapping with kind and entities.")
    try:
        source = _Declared.model_validate({"source": {**entry, "name": name}}).source
    except ValidationError as error:
        raise UsageFailure(f"{path}: source {name}: {_sentence(error)}") from None
    _refuse_literal_secrets(source, path)
    return source


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    # The place begins with our own wrapper and the kind, which the user did not write there.
    place = ".".join(str(part) for part in first["loc"][2:]) or "kind"
    match first["type"]:
        case "extra_forbidden":
            return f"unknown key {place}. Remove it or correct its spelling."
        case "string_pattern_mismatch" if first["loc"][-1] == "[key]":
            name = place.removesuffix(".[key]")
            return f"{name} must be lower case letters, digits and underscores."
        case "missing":
            return f"{place} is missing."
        case "union_tag_not_found" | "union_tag_invalid":
            return "kind must be files, database or rest."
        case _:
            return f"{place}: {first['msg'].removeprefix('Value error, ')}."


def _refuse_literal_secrets(source: Source, path: Path) -> None:
    found = []
    if source.location:
        password = LONE_URL_PASSWORD.search(source.location)
        if password and password[2] and not re.match(r"\$\{\w+\}(@|$)", password[2]):
            found.append("location holds a password")
        found += _literal_parameters("location", source.location)
    if isinstance(source, RestSource):
        for header, value in source.headers.items():
            if SECRET_NAME.search(header) and not VARIABLE.search(value):
                found.append(f"headers.{header} holds a secret")
        for name, entity in source.entities.items():
            found += _literal_parameters(f"entities.{name}.path", entity.path)
    if found:
        raise UsageFailure(
            f"{path}: source {source.name}: {found[0]}. Secrets never stand in this file: "
            "write ${NAME} and set the environment variable NAME."
        )


def _literal_parameters(place: str, url: str) -> list[str]:
    return [
        f"{place} holds a secret ({key})"
        for _, key, value in PARAMETER.findall(url)
        if SECRET_NAME.search(unquote(key)) and value and not VARIABLE.fullmatch(value)
    ]


def expand(text: str, source: str, is_address: bool = False) -> str:
    """Replace every ${VAR} from the environment.

    is_address: of an API or a web server, or a path there. What a variable puts behind the host may
    be a key, whatever its parameter is called, and is never shown.
    """

    def value(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            raise UsageFailure(
                f"source {source}: the environment variable {match[1]} is not set. "
                "Set it, or give the location with --source NAME=LOCATION."
            )
        inserted = os.environ[match[1]]
        # No key is so short, and any sentence may hold a word that is.
        if is_address and BEHIND_HOST.match(text[: match.start()]) and len(inserted) > 5:
            # An API may quote it encoded.
            _never_shown.update((inserted, quote(inserted, safe="")))
        return inserted

    return VARIABLE.sub(value, text)


_never_shown: set[str] = set()


def without_inserted(text: str) -> str:
    """A text with what the environment put into an address masked, and nothing else."""
    for inserted in sorted(_never_shown, key=len, reverse=True):
        text = text.replace(inserted, MASK)
    return text


def redact(text: str) -> str:
    """A sentence, with the password and the secret parameters of each URL masked."""
    masked = PARAMETER.sub(_masked, URL_PASSWORD.sub(rf"\1{MASK}@", text))
    return without_inserted(masked)


def redact_url(url: str) -> str:
    """The same of one URL, whatever its user and its password hold."""
    pattern = LONE_URL_PASSWORD if "://" in url else NEARLY_URL_PASSWORD
    masked, count = pattern.subn(rf"\1{MASK}@", url)
    if not count:
        masked = HTTP_TOKEN.sub(rf"\1{MASK}@", url)
    return without_inserted(LONE_PARAMETER.sub(_masked, masked))


def redact_parts(text: str, url: str) -> str:
    """A sentence, also without the pieces into which another program took a URL's password."""
    found = LONE_URL_PASSWORD.search(url) or NEARLY_URL_PASSWORD.search(url)
    pieces = [found[2], *re.split(r"[@/:?#&=,;\s]+", found[2])] if found else []
    for piece in sorted(pieces, key=len, reverse=True):
        if len(piece) > 3:
            text = text.replace(piece, MASK)
    return redact(text)


def _masked(match: re.Match[str]) -> str:
    is_secret = SECRET_NAME.search(unquote(match[2]))
    return f"{match[1]}{match[2]}={MASK}" if is_secret and match[3] else match[0]


def select_sources(
    declared: dict[str, Source], requested: list[str], project: Path, home: Path
) -> list[Source]:
    """The sources of this run, each with its final location.

    requested: NAME or NAME=LOCATION, as given by --source; empty: every configured one,
    and without any the sample shop under FOOTFALL_HOME, when it was made.
    """
    if requested:
        chosen = [_requested(declared, text, project) for text in requested]
        names = [source.name for source in chosen]
        for name in names:
            if names.count(name) > 1:
                raise UsageFailure(f"--source {name} is given twice. Name each source once.")
        return chosen
    configured = [s for s in declared.values() if s.enabled and s.location]
    if configured:
        return [_located(source, str(source.location), project) for source in configured]
    return _sample_shop(declared, home)


def _requested(declared: dict[str, Source], text: str, project: Path) -> Source:
    name, sign, location = text.partition("=")
    source = declared.get(name)
    if source is None:
        known = ", ".join(sorted(declared)) or "none"
        # A location without its NAME= may hold a password.
        told = repr(name) if re.fullmatch(r"[\w.-]+", name) else "before the first ="
        raise UsageFailure(
            f"unknown source {told}. Declared under vars.sources of dbt_project.yml: {known}. "
            "Write --source NAME=LOCATION."
        )
    if not source.enabled:
        raise UsageFailure(
            f"source {name} is switched off. Set enabled: true in dbt_project.yml to load it."
        )
    if sign and not location:
        raise UsageFailure(f"--source {name}= names no location. Write one behind the sign.")
    if location:
        # As typed: a location on the command line is relative to where the user stands.
        return _located(source, location, Path.cwd())
    if not source.location:
        raise UsageFailure(
            f"source {name} has no location. Set it in dbt_project.yml or write "
            f"--source {name}=LOCATION."
        )
    return _located(source, source.location, project)


def _located(source: Source, location: str, base: Path) -> Source:
    location = expand(location, source.name, location.startswith(("http://", "https://")))
    if not location.strip():
        raise UsageFailure(
            f"the location of source {source.name} is blank. Set the environment variable in it."
        )
    if source.kind == "files" and "://" not in location:
        location = str((base / expanded(Path(location))).absolute())
    path = location.removeprefix(SQLITE)
    if location.startswith(SQLITE) and path and not path.startswith((":", "/", "file:")):
        location = SQLITE + str((base / path).absolute())
    return source.model_copy(update={"location": location})


def _sample_shop(declared: dict[str, Source], home: Path) -> list[Source]:
    folder = home / "sample"
    if not folder.is_dir():
        raise UsageFailure(
            "no source is configured. Give one with --source NAME=LOCATION, set a location in "
            "dbt_project.yml, or make the sample shop with: footfall sample"
        )
    places = {
        "web": str(folder / "web"),
        "shop": f"sqlite:///{folder / 'shop.sqlite'}",
        "feeds": SAMPLE_LOCATION,
    }
    return [
        declared[name].model_copy(update={"location": place})
        for name, place in places.items()
        if name in declared and declared[name].enabled
    ]
