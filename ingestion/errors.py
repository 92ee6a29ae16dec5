"""What a user can cause: one sentence with a remedy and an exit code, never a traceback."""

DONE = 0
DATA = 1  # the data was refused or failed its tests; nothing was published
USAGE = 2  # the command or the configuration is wrong
LOCKED = 75  # another run holds the lock (EX_TEMPFAIL: try again later)


class Failure(Exception):
    """A run, or one source of it, cannot go on."""

    exit_code = DATA


class DataFailure(Failure):
    """What was delivered cannot be taken."""


class UsageFailure(Failure):
    """What was asked for cannot be done as asked."""

    exit_code = USAGE


class LockedFailure(Failure):
    """Somebody else is at work in this FOOTFALL_HOME."""

    exit_code = LOCKED


def is_locked(error: Exception) -> bool:
    """True when DuckDB could not open a file because another process has it open."""
    return "Could not set lock on file" in str(error)


class BadFile(Exception):
    """One file that lands nothing; the others of its source go on.

    reason: truncated_file, bad_checksum, unreadable, malformed_record, bad_encoding, oversize
    detail: what was found, where, and what to do
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
