"""Moments are whole milliseconds since 1970 UTC; this module writes them as text."""

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
BERLIN = ZoneInfo("Europe/Berlin")
EPOCH = date(1970, 1, 1).toordinal()


class _Dates(dict[int, str]):
    def __missing__(self, day: int) -> str:
        text = self[day] = day_name(day)
        return text


class _BerlinOffsets(dict[int, int]):
    """Minutes ahead of UTC, by the hour: offsets change at full hours only."""

    def __missing__(self, hour: int) -> int:
        offset = datetime.fromtimestamp(hour * 3600, BERLIN).utcoffset()
        assert offset is not None
        minutes = self[hour] = int(offset.total_seconds()) // 60
        return minutes


_DATES = _Dates()
_BERLIN = _BerlinOffsets()
_MILLIS = [f".{milli:03d}" for milli in range(1000)]


@lru_cache(maxsize=1)
def _clock() -> list[str]:
    return [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(86_400)]


@lru_cache(maxsize=64)
def _zone(minutes: int) -> str:
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}" if minutes else "Z"


def iso(ms: int, offset: int = 0) -> str:
    """`2026-01-05T10:00:00.123+01:00`; offset in minutes, `Z` for none."""
    day, rest = divmod(ms + offset * MINUTE, DAY)
    second, milli = divmod(rest, SECOND)
    return f"{_DATES[day]}T{_clock()[second]}{_MILLIS[milli]}{_zone(offset)}"


def berlin_offset(ms: int) -> int:
    """Minutes that Berlin is ahead of UTC at this moment."""
    return _BERLIN[ms // HOUR]


def berlin_day(ms: int) -> int:
    """The day in the shop's time zone, as days since 1970."""
    return (ms + berlin_offset(ms) * MINUTE) // DAY


def day_number(day: date) -> int:
    """Days since 1970."""
    return day.toordinal() - EPOCH


def day_name(day: int) -> str:
    """`2026-01-05`."""
    return date.fromordinal(EPOCH + day).isoformat()


def naive(ms: int) -> datetime:
    """UTC without zone, as the database stores it."""
    return datetime.fromtimestamp(ms // 1000, UTC).replace(
        tzinfo=None, microsecond=ms % 1000 * 1000
    )
