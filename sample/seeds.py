"""Chance that is the same on every machine: all of it comes from BLAKE2 and seeded generators."""

import random
import struct
from hashlib import blake2b

_SHORTS = struct.Struct("<8H")


def generator(*words: object) -> random.Random:
    """A generator for this purpose; other purposes do not move its draws."""
    return random.Random(int.from_bytes(_digest(words, 8), "little"))


def numbers(*words: object) -> tuple[int, ...]:
    """Eight numbers from 0 to 65535 that belong to these words."""
    return _SHORTS.unpack(_digest(words, 16))


def hexadecimal(*words: object) -> str:
    """Sixteen hexadecimal digits that belong to these words."""
    return _digest(words, 8).hex()


def hit(number: int, rate: float) -> bool:
    """Whether one of `numbers` falls within the rate; never at 0, always at 1."""
    return number < rate * 65_536


class Every:
    """True for this share of the calls, spread evenly: small tables still get their share."""

    def __init__(self, rate: float, start: float = 0.5) -> None:
        self.rate = rate
        self.due = start

    def __call__(self) -> bool:
        self.due += self.rate
        if self.due < 1:
            return False
        self.due -= 1
        return True


def _digest(words: tuple[object, ...], size: int) -> bytes:
    return blake2b("|".join(map(str, words)).encode(), digest_size=size).digest()
