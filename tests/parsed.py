"""dbt's parse of the project, done once for all tests instead of eight seconds each.

dbt goes on from an earlier parse only with the same connection, and the connection names the home's
path. So each home has a parse that bears its own; whatever else differs, dbt notices and parses.
"""

import ast
import functools
import hashlib
import pprint
from pathlib import Path
from typing import Any

from tests.forks import forks


def parsed_for(home: Path, project: Path) -> Path:
    """The parse, as if it had been made for this home.

    An empty file: forks have what would be in it.
    """
    connection, made_for = _parsed(project)
    own = pprint.pformat(_moved(connection, made_for, str(home)))
    path = Path(made_for) / hashlib.sha256(own.encode()).hexdigest()
    path.touch()
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
def _parsed(project: Path) -> tuple[Any, str]:
    done = forks().ask({"parse": str(project)})
    assert done["success"], done["error"]
    return ast.literal_eval(done["connection"])[0], done["folder"]
