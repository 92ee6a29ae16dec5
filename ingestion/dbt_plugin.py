"""What dbt-duckdb loads with the profile (`plugins` in profiles.yml)."""

import atexit
import contextlib
import gc
import os
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.flags import get_flags

from ingestion import dbt_lean


class Plugin(BasePlugin):
    """What makes a build faster, and can be said in no other place."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """A build is over before its garbage matters; to look for it takes a tenth of one."""
        gc.disable()
        # The interpreter looks once more as it ends, but not at what is frozen.
        atexit.register(gc.freeze)
        if dbt_lean.replace():
            target = get_flags().TARGET_PATH or "target"  # type: ignore[no-untyped-call]
            dbt_lean.store_templates(Path(target) / "templates")

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Keep blocks of memory, up to half the limit: the system clears what it gives again.

        Not an option of the profile: more than the machine has ends the process, wordless.
        """
        if not os.environ.get("FOOTFALL_MEMORY_LIMIT"):
            with contextlib.suppress(duckdb.InvalidInputException):
                conn.execute("set block_allocator_memory = '50%'")
