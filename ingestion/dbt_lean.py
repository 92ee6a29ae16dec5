"""What dbt works out anew for each node, worked out once: a quarter of a build with nothing new.

Each function takes the place of one of dbt's and gives what that gives. They are those of the
versions below, as the lock has them; beside others nothing is replaced.
"""

import contextlib
import functools
import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from types import CodeType
from typing import Any

from dbt.clients.jinja import MacroGenerator
from dbt.compilation import Compiler
from dbt.context.configured import ConfiguredContext
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
from dbt.context.manifest import ManifestContext
from dbt.contracts.graph.nodes import ParsedNode
from dbt.flags import get_flags
from dbt.parser import manifest as parser
from dbt.task import runnable
from dbt.tracking import track_behavior_change_warn
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.utils.encoding import JSONEncoder
from jinja2 import Environment, FileSystemBytecodeCache
from jinja2.bccache import Bucket

KNOWN = {"dbt-core": "1.11.", "dbt-common": "1.39.", "jinja2": "3.1."}


@functools.cache
def replace() -> bool:
    """From now on. False: dbt is not the one that these functions were taken from."""
    if not all(version(name).startswith(number) for name, number in KNOWN.items()):
        return False
    Environment.compile = _compile_once  # type: ignore[method-assign]
    MacroNamespaceBuilder.build_namespace = _build_namespace  # type: ignore[method-assign]
    ManifestContext.to_dict = _to_dict  # type: ignore[method-assign]
    BaseEvent.__init__ = _keep  # type: ignore[method-assign, assignment]
    BaseEvent.__getattr__ = _get  # type: ignore[method-assign]
    EventManager.fire_event = _fire  # type: ignore[method-assign, assignment]
    JSONEncoder.iterencode = _iterencode  # type: ignore[method-assign, assignment]
    parser.write_manifest = _write_manifest
    runnable.write_manifest = _write_manifest_now  # type: ignore[attr-defined]
    Compiler.write_graph_file = _no_graph  # type: ignore[method-assign, assignment]
    ParsedNode.write_node = _write_node  # type: ignore[method-assign]
    return True


# Templates. Most that dbt compiles, it compiled before: for another node, or in the build before.

_compile = Environment.compile
_templates: dict[tuple[type, str], CodeType] = {}
_stored: list[FileSystemBytecodeCache] = []


def store_templates(folder: Path) -> None:
    """Keep them for the next build; each file bears what it was compiled from."""
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        _stored[:] = [FileSystemBytecodeCache(str(folder))]


def _compile_once(self: Environment, source: Any, *arguments: Any, **options: Any) -> Any:
    if arguments or options or not isinstance(source, str):
        return _compile(self, source, *arguments, **options)
    key = type(self), source
    if key not in _templates:
        _templates[key] = _read(self, source) or _write(self, source, _compile(self, source))
    return _templates[key]


def _name(environment: Environment, source: str) -> str:
    return f"{type(environment).__qualname__} {source}"


def _read(environment: Environment, source: str) -> CodeType | None:
    for stored in _stored:
        # Half a file is none.
        with contextlib.suppress(Exception):
            return stored.get_bucket(environment, _name(environment, source), None, source).code
    return None


def _write(environment: Environment, source: str, code: CodeType) -> CodeType:
    for stored in _stored:
        with contextlib.suppress(OSError):
            name = stored.get_cache_key(_name(environment, source))
            bucket = Bucket(environment, name, stored.get_source_checksum(source))
            bucket.code = code
            stored.set_bucket(bucket)
    return code


# Macros. A node sees all of a thousand; dbt looks for each name in five places.

_to_dict_of_any = ManifestContext.to_dict


def _build_namespace(
    self: MacroNamespaceBuilder, macros_by_package: dict[str, dict[str, Any]], ctx: dict[str, Any]
) -> MacroNamespace:
    node, stack, make = self.node, self.thread_ctx, MacroGenerator
    for package, macros in macros_by_package.items():
        made = {name: make(macro, ctx, node, stack) for name, macro in macros.items()}
        if package in self.internal_package_names:
            self.internal_packages[package] = made
            continue
        self.packages[package] = made
        if package == self.search_package:
            self.locals.update(made)
        elif package == self.root_package:
            self.globals.update(made)
    # Of those that dbt brings, the first in its list wins.
    brought: dict[str, MacroGenerator] = {}
    for package in reversed(self.internal_package_names_order):
        brought.update(self.internal_packages.get(package, {}))
    return MacroNamespace(self.globals, self.locals, brought, self.packages)


def _to_dict(self: ManifestContext) -> dict[str, Any]:
    if not isinstance(self.namespace, MacroNamespace):
        return _to_dict_of_any(self)
    found: dict[str, Any] = ConfiguredContext.to_dict(self)
    # The place that is looked in first, last.
    for place in reversed(list(self.namespace._search_order())):
        found.update(place)
    return found


# Events. Nearly all are for debugging: dbt words each before it looks whether anybody listens.

_word = BaseEvent.__init__
_fire_any = EventManager.fire_event


def _keep(event: BaseEvent, *arguments: Any, **fields: Any) -> None:
    object.__setattr__(event, "said", (arguments, fields))


def _get(event: BaseEvent, name: str) -> Any:
    """Of an event that was kept, the words as soon as somebody asks."""
    if name != "pb_msg":
        return getattr(event.pb_msg, name)
    arguments, fields = object.__getattribute__(event, "said")
    _word(event, *arguments, **fields)
    return event.pb_msg


def _fire(
    manager: EventManager,
    e: BaseEvent,
    level: EventLevel | None = None,
    node: Any = None,
    force_warn_or_error_handling: bool = False,
) -> None:
    heard = force_warn_or_error_handling or (level or e.level_tag()) != EventLevel.DEBUG
    heard = heard or EventLevel.DEBUG in {logger.level for logger in manager.loggers}
    # dbt's own hears of changes in its behaviour, which are warnings.
    if heard or set(manager.callbacks) - {track_behavior_change_warn}:
        _fire_any(manager, e, level, node, force_warn_or_error_handling)


# Files. Python's encoder has a fast way, for who wants the text in one piece; what is written again
# at the end, what is there already and a graph for dbt alone to read are not written.

_write_manifest_now = parser.write_manifest


def _iterencode(self: JSONEncoder, o: Any, _one_shot: bool = False) -> Iterator[str]:
    return json.JSONEncoder.iterencode(self, o, _one_shot=True)


def _write_manifest(*arguments: Any, **options: Any) -> None:
    which = get_flags().WHICH  # type: ignore[no-untyped-call]
    if which not in {"build", "run", "seed", "test"}:
        _write_manifest_now(*arguments, **options)


def _no_graph(*_: Any) -> None:
    """target/graph.gpickle: what is in the manifest, once more."""


def _write_node(
    self: ParsedNode, project_root: str, compiled_path: str, compiled_code: str
) -> None:
    path = Path(project_root, compiled_path)
    with contextlib.suppress(OSError):
        if path.read_bytes() == str(compiled_code).encode():
            return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(str(compiled_code).encode())
