"""Write what scikit-learn makes of the nasty columns and of some drawn ones, and Feast of joins.

`make test` compares with it where they are not.

Run    make references, in the environment of the oracles
"""

import json
import random
from pathlib import Path
from typing import Any

import sklearn

from tests.oracles import last_times, point_in_time, scikit_learn
from tests.oracles.cases import NASTY, WORDS, case
from tests.oracles.preprocessing import Case, Columns

PATH = Path(__file__).parent / "references" / "preprocessing.json"


LONGEST = 30  # rows; longer ones meet scikit-learn itself


def rounded(columns: Columns) -> dict[str, list[Any]]:
    """Three digits more than the comparison looks at."""
    return {
        name: [float(f"{v:.12g}") if isinstance(v, float) else v for v in values]
        for name, values in columns.items()
    }


def drawn(seed: int) -> Case:
    """Some column: money, counts or both, a tenth of it missing."""
    chance = random.Random(seed)
    least, unit, greatest = chance.choice([(-99999, 100, 99999), (0, 1, 9)])
    numbers = [
        None if chance.random() < 0.1 else chance.randint(least, greatest) / unit
        for _ in range(chance.randrange(2, 40))
    ]
    return case(numbers, [chance.choice(WORDS) for _ in range(7)])


def write_joins() -> None:
    """What Feast finds before moments."""
    path = PATH.with_name("point_in_time.json")
    cases = {"example": point_in_time.EXAMPLE, "at its end": point_in_time.AT_ITS_END}
    cases |= {f"drawn {seed}": point_in_time.drawn(seed) for seed in range(8)}
    cases["without ties"] = point_in_time.drawn_without_ties(8)
    answers = point_in_time.asked(cases)
    lines = [
        f"{json.dumps(name)}: "
        + json.dumps({"given": one, "expected": answers[name]}, separators=(",", ":"))
        for name, one in cases.items()
    ]
    path.write_text('{"cases": {\n' + ",\n".join(lines) + "\n}}\n", encoding="utf-8")
    print(f"{path}: {len(cases)} cases, {path.stat().st_size // 1024} kB")


def write_last_times() -> None:
    """What Feast says of when each device last did each thing."""
    last_times.REFERENCE.write_text(last_times.written(), encoding="utf-8")
    print(f"{last_times.REFERENCE}: {last_times.REFERENCE.stat().st_size // 1024} kB")


def main() -> None:
    write_joins()
    write_last_times()
    cases = {
        **{name: one for name, one in NASTY.items() if len(one.numbers) <= LONGEST},
        **{f"drawn {seed}": drawn(seed) for seed in range(4)},
    }
    lines = [
        f"{json.dumps(name)}: "
        + json.dumps(
            {"given": vars(one), "expected": rounded(scikit_learn.columns(one))},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for name, one in cases.items()
    ]
    version = json.dumps(sklearn.__version__)
    text = f'{{"scikit-learn": {version}, "cases": {{\n' + ",\n".join(lines) + "\n}}\n"
    PATH.write_text(text, encoding="utf-8")
    print(f"{PATH}: {len(cases)} cases, {PATH.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
