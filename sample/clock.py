"""Moments are whole milliseconds since 1970 UTC; this module writes them as text."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
BERLIN = ZoneInfo("Europe/Berlin")
EPOCH = date(1970, 1, 1).toordinal()


class _Dates(dict[int, str]):
    def __missing__(self, day: int) -> str:
        text = self[day] = f'"{day_name(day)}'
        return text


class _BerlinOffsets(dict[int, int]):
    """Minutes ahead of UTC, by the hour: offsets change at full hours only."""

    def __missing__(self, hour: int) -> int:
        offset = datetime.fromtimestamp(hour * 3600, BERLIN).utcoffset()
        assert offset is not None
        minutes = self[hour] = int(offset.total_seconds()) // 60
        return minutes


class _Zones(dict[int, str]):
    def __missing__(self, minutes: int) -> str:
        hours, rest = divmod(abs(minutes), 60)
        sign = "-" if minutes < 0 else "+"
        text = self[minutes] = f'{sign}{hours:02d}:{rest:02d}"' if minutes else 'Z"'
        return text


# Three stamps an event: tables are four times as fast as datetime.isoformat.
_DATES = _Dates()
_BERLIN = _BerlinOffsets()
_ZONES = _Zones()
_CLOCK = [f"T{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(86_400)]
_MILLIS = [f".{milli:03d}" for milli in range(1000)]


def stamp(ms: int | None, offset: int = 0) -> str:
    """`"2026-01-05T10:00:00.123+01:00"` or `null`, as JSON; offset in minutes, `Z` for none."""
    if ms is None:
        return "null"
    local = ms + offset * MINUTE
    rest = local % DAY
    return _DATES[local // DAY] + _CLOCK[rest // 1000] + _MILLIS[rest % 1000] + _ZONES[offset]


def iso(ms: int) -> str:
    """`2026-01-05T10:00:00.123Z`."""
    return stamp(ms)[1:-1]


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
