"""A SQLAlchemy URL as users write it: plain postgresql:// means the driver installed here."""

import sqlalchemy as sa


def parse_url(text: str) -> sa.URL:
    """The URL with its driver.

    Errors  sqlalchemy.exc.ArgumentError: not a SQLAlchemy URL
    """
    url = sa.make_url(text)
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg2")
    return url
