"""A SQLAlchemy URL as users write it, and what they are told when it leads nowhere."""

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from ingestion.config import redact_parts, redact_url
from ingestion.errors import UsageFailure

POSTGRESQL = "postgresql+psycopg2"


def open_engine(text: str, asked_by: str) -> sa.Engine:
    """The engine for a URL; it connects later.

    Errors  UsageFailure, which begins with who asked: no URL, or its driver is not installed
    """
    try:
        url = parse_url(text)
        # In the encoding of a database or a role the driver may know only some of the letters.
        options = {"client_encoding": "utf8"} if url.drivername == POSTGRESQL else {}
        return sa.create_engine(url, **options)
    except ImportError as error:
        raise UsageFailure(
            f"{asked_by}: the driver for {redact_url(text)} is not installed ({error}). SQLite and "
            "PostgreSQL come with Footfall; install others into .venv."
        ) from None
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise UsageFailure(
            f"{asked_by}: {redact_url(text)} is no usable SQLAlchemy URL "
            f"({redact_parts(str(error), text)}). "
            "Write dialect://user:${PASSWORD}@host/database."
        ) from None


def reason(error: SQLAlchemyError | UnicodeDecodeError, url: str) -> str:
    """The driver's own words on one line, without the statement and without the URL's password."""
    original = getattr(error, "orig", None) or error
    return redact_parts(" ".join(str(original).split()), url).rstrip(".")


def parse_url(text: str) -> sa.URL:
    """The URL with its driver: plain postgresql:// means the one installed here.

    Errors  sqlalchemy.exc.ArgumentError: not a SQLAlchemy URL
    """
    url = sa.make_url(text)
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername=POSTGRESQL)
    return url
