"""The sample shop: invented data with planted trouble, and the truth about it."""

from typing import TYPE_CHECKING

from sample.rates import Rates

if TYPE_CHECKING:
    from sample.make import generate

__all__ = ["Rates", "generate"]


def __getattr__(name: str) -> object:
    # The command line imports this package for every command; most need no generator.
    if name == "generate":
        from sample.make import generate

        return generate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
