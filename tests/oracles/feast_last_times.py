"""When each visitor last did each thing, by Feast's local store: in its own environment.

Run    .venv-feast/bin/python -m tests.oracles.feast_last_times FOLDER TYPE…, with what
       bench/by_feast.py reads; leaves answers.parquet there: one row per visitor, moment and kind
"""

import sys
from pathlib import Path

import pandas as pd

from bench.by_feast import store_of


def main() -> None:
    folder = Path(sys.argv[1])
    store, features = store_of(folder, sys.argv[2:])
    moments = pd.read_parquet(folder / "moments.parquet")
    asked = moments.rename(columns={"prediction_at": "event_timestamp"})
    answers = []
    for kind, feature in zip(("event", *sys.argv[2:]), features, strict=True):
        # One by one: a moment before all of one kind would lose those of the others, too.
        found = store.get_historical_features(entity_df=asked, features=[feature]).to_df()
        answers.append(found.assign(kind=kind))
    pd.concat(answers).to_parquet(folder / "answers.parquet")


if __name__ == "__main__":
    main()
