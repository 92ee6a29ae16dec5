"""What property tests draw: in `make soak` EXAMPLES times as much as in `make test`, and anew."""

import os
from typing import Any

from hypothesis import settings

TIMES = int(os.environ.get("FOOTFALL_EXAMPLES", "1"))


def drawn(examples: int, **more: Any) -> settings:
    """The decorator beside `given`; more: as hypothesis.settings takes it."""
    if TIMES > 1:
        more |= {"derandomize": False, "database": None}
    return settings(max_examples=TIMES * examples, deadline=None, **more)
