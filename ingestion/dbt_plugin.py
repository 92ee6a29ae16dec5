"""What dbt-duckdb loads with the profile (`plugins` in profiles.yml)."""

import atexit
import gc
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin


class Plugin(BasePlugin):
    """A build is over before its garbage matters: to look for it takes a tenth of a small one."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        gc.disable()
        # The interpreter looks once more as it ends, but not at what is frozen.
        atexit.register(gc.freeze)
