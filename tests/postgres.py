"""A real PostgreSQL for as long as the tests need it."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own, on a loopback port; password `sesame`."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    binaries = found[-1].parent
    # initdb refuses root, and an unprivileged user cannot look into pytest's own folders.
    user = next(u for u in ("postgres", "nobody") if u in {p.pw_name for p in pwd.getpwall()})
    as_user = ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="footfall-pg-"))
    password = folder / "password"
    password.write_text("sesame")
    if as_user:
        for path in (folder, password):
            shutil.chown(path, user)
    data = folder / "data"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    initdb = ["-D", str(data), "-U", "shop", "-A", "scram-sha-256", f"--pwfile={password}"]
    subprocess.run([*as_user, binaries / "initdb", *initdb], check=True, capture_output=True)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    control = [*as_user, str(binaries / "pg_ctl"), "-D", str(data), "-w"]
    log = ["-l", str(folder / "log"), "-o", options]
    subprocess.run([*control, *log, "start"], check=True, capture_output=True, cwd=folder)
    try:
        yield f"postgresql://shop:sesame@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)
