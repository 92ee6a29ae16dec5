"""The time stamped on what is kept: never before what was stamped already.

A clock that was set back would else put the newest load behind older ones, and files, rows and
tables take the last one for what holds now.
"""

from datetime import UTC, datetime, timedelta


def system_time() -> datetime:
    """What the machine's clock shows."""
    return datetime.now(UTC)


def after(last: datetime | None) -> datetime:
    """Now, or a microsecond after `last` while the clock is behind it."""
    now = system_time()
    return now if last is None or now > last else last + timedelta(microseconds=1)
