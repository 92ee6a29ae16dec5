"""What a user can cause: one sentence with a remedy and an exit code, never a traceback."""

import errno
from typing import TypeGuard

DONE = 0
DATA = 1  # the data was refused or failed its tests; nothing was published
USAGE = 2  # the command or the configuration is wrong
LOCKED = 75  # another run holds the lock (EX_TEMPFAIL: try again later)


def first_line(error: BaseException) -> str:
    """What a library's error says, without its following lines and full stop."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def as_text(name: str) -> str:
    r"""A name from the disk, which need not be UTF-8, as text that can be written down.

    >>> as_text("caf\udce9.csv")
    'caf\\udce9.csv'
    """
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


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


def is_forbidden(error: BaseException) -> TypeGuard[PermissionError]:
    """True for a file or folder that whoever runs us may not use."""
    return isinstance(error, PermissionError) and bool(error.filename)


class FullDisk(DataFailure):
    """Nothing more can be written; other sources would say the same."""

    @classmethod
    def told(cls, error: BaseException) -> "FullDisk":
        """In one sentence, with what the system said and what to do."""
        return cls(
            f"the disk is full: {first_line(error)}. Make room and run again; what landed and what "
            "is published are as they were."
        )


def disk_is_full(error: BaseException) -> bool:
    """True for what Python and databases say when a disk, a quota or a file's limit is full."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return True
    texts = (
        "No space left on device",
        "Disk quota exceeded",
        "File too large",
        "database or disk is full",  # SQLite
    )
    return any(text in str(error) for text in texts)


class BadFile(Exception):
    """One file that lands nothing; the others of its source go on.

    reason: truncated_file, bad_checksum, unreadable, malformed_record, bad_encoding, oversize
    detail: what was found, where, and what to do
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
