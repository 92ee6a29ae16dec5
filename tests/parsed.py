"""dbt's parse of the project, done once for all tests instead of eight seconds each.

dbt goes on from an earlier parse only with the same connection, and the connection names the home's
path. So each home gets a copy that bears its own; whatever else differs, dbt notices and parses.
"""

import ast
import atexit
import functools
import hashlib
import os
import pprint
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgpack

# What dbt compares the connection by, printed while it parses.
PARSE = """
import sys
from dbt.cli.main import dbtRunner
from dbt.parser.manifest import ManifestLoader
check = ManifestLoader.build_manifest_state_check
def said(loader):
    print(sorted(loader.root_project.credentials.connection_info()))
    return check(loader)
ManifestLoader.build_manifest_state_check = said
options = ["--quiet", "--target-path", sys.argv[1], "--log-path", sys.argv[1]]
sys.exit(not dbtRunner().invoke(["parse", *options]).success)
"""


def parsed_for(home: Path, project: Path) -> Path:
    """The parse, as if it had been made for this home."""
    manifest, connection, made_for = _parsed(project)
    own = pprint.pformat(_moved(connection, made_for, str(home)))
    checksum = hashlib.sha256(own.encode()).hexdigest()
    document = msgpack.unpackb(manifest, strict_map_key=False)
    document["state_check"]["profile_hash"]["checksum"] = checksum
    path = Path(made_for) / f"{checksum}.msgpack"
    path.write_bytes(msgpack.packb(document))
    return path


def _moved(value: Any, old: str, new: str) -> Any:
    """The same with every path below the one folder below the other."""
    match value:
        case str():
            return value.replace(old, new)
        case list() | tuple():
            return type(value)(_moved(each, old, new) for each in value)
        case dict():
            return {name: _moved(each, old, new) for name, each in value.items()}
    return value


@functools.cache
def _parsed(project: Path) -> tuple[bytes, Any, str]:
    folder = tempfile.mkdtemp(prefix="footfall-parsed-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-c", PARSE, folder],
        cwd=project,
        env={**os.environ, "FOOTFALL_HOME": folder},
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    connection = ast.literal_eval(done.stdout.strip().splitlines()[-1])
    return (Path(folder) / "partial_parse.msgpack").read_bytes(), connection, folder
