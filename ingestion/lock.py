"""One run at a time in a FOOTFALL_HOME: dlt and dbt both want its files for themselves."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from ingestion.config import home_folder, redact_url
from ingestion.errors import Failure, FullDisk, LockedFailure, UsageFailure, disk_is_full


@contextmanager
def only_run(home: Path) -> Iterator[None]:
    """Hold the lock while the block runs; the system frees it if we are killed.

    Errors  LockedFailure: says who holds it since when
    """
    holder = home / "run.lock.json"
    lock = FileLock(home / "run.lock", timeout=0)
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise LockedFailure(
            f"another run is at work in {home}: {_described(holder)}. Wait for it, or use another "
            "FOOTFALL_HOME."
        ) from None
    except OSError as error:
        if disk_is_full(error):
            raise FullDisk.told(error) from None
        place = error.filename or home
        what = "written" if os.path.isfile(place) else "used as a folder to write in"
        raise UsageFailure(
            f"{place} cannot be {what}. Correct its permissions or FOOTFALL_HOME."
        ) from None

    try:
        arguments = (redact_url(a) if "=" in a or "://" in a else a for a in sys.argv[1:])
        command = " ".join(["footfall", *arguments])
        since = datetime.now(UTC).isoformat(timespec="seconds")
        who = {"pid": os.getpid(), "command": command, "since": since}
        try:
            holder.write_text(json.dumps(who), encoding="utf-8")
        except OSError as error:
            if disk_is_full(error):
                raise FullDisk.told(error) from None
            raise UsageFailure(
                f"{holder} cannot be written: {error.strerror}. Correct the permissions of its "
                "folder or FOOTFALL_HOME."
            ) from None
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _described(holder: Path) -> str:
    try:
        who = json.loads(holder.read_text(encoding="utf-8"))
        return f"pid {who['pid']}, `{who['command']}`, since {who['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "it has only just begun"


if __name__ == "__main__":
    # `make clean`: nothing is taken from under a run at work.
    try:
        with only_run(home_folder(Path().resolve())):
            pass
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        raise SystemExit(failure.exit_code) from None
