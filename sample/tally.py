"""Counts of rows by what became of them."""


class Tally:
    """What became of the rows of one entity or file."""

    def __init__(self) -> None:
        self.raw = 0
        self.duplicate: dict[str, int] = {}
        self.quarantined: dict[str, int] = {}

    def reject(self, code: str, count: int = 1) -> None:
        self.quarantined[code] = self.quarantined.get(code, 0) + count

    def repeat(self, reason: str, count: int = 1) -> None:
        self.duplicate[reason] = self.duplicate.get(reason, 0) + count

    @property
    def accepted(self) -> int:
        return self.raw - sum(self.duplicate.values()) - sum(self.quarantined.values())

    def facts(self) -> dict[str, object]:
        return {
            "raw": self.raw,
            "accepted": self.accepted,
            "duplicate": dict(sorted(self.duplicate.items())),
            "quarantined": dict(sorted(self.quarantined.items())),
        }
