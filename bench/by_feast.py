"""When each visitor last did each thing, by Feast's local store: in its own environment.

Run    .venv-feast/bin/python -m bench.by_feast FOLDER TYPE…, with events.parquet (visitor_id,
       event_type, event_at, available_at) and moments.parquet (visitor_id, prediction_at) in it
Shape  the seconds that reading and joining took: a feature of all events, and one for each type
"""

import sys
import time
from datetime import timedelta
from pathlib import Path

import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, ValueType
from feast.types import UnixTimestamp

from tests.oracles.feast_store import local_store


def store_of(folder: Path, kinds: list[str]) -> tuple[FeatureStore, list[str]]:
    """A view for all events and one for each type; a feature is when it last happened."""
    events = pd.read_parquet(folder / "events.parquet")
    events = events.assign(last_at=events["event_at"])
    visitor = Entity(name="visitor", join_keys=["visitor_id"], value_type=ValueType.STRING)
    views = []
    for kind in ("event", *kinds):
        mine = events if kind == "event" else events[events["event_type"] == kind]
        path = folder / f"{kind}.parquet"
        mine.drop(columns="event_type").to_parquet(path)
        source = FileSource(
            path=str(path), timestamp_field="event_at", created_timestamp_column="available_at"
        )
        views.append(
            FeatureView(
                name=f"last_{kind}",
                entities=[visitor],
                ttl=timedelta(days=365),
                schema=[Field(name="last_at", dtype=UnixTimestamp)],
                source=source,
            )
        )
    store = local_store(folder)
    store.apply([visitor, *views])
    return store, [f"{view.name}:last_at" for view in views]


def main() -> None:
    folder = Path(sys.argv[1])
    store, features = store_of(folder, sys.argv[2:])
    moments = pd.read_parquet(folder / "moments.parquet")
    asked = moments.rename(columns={"prediction_at": "event_timestamp"})
    start = time.perf_counter()
    found = store.get_historical_features(
        entity_df=asked, features=features, full_feature_names=True
    ).to_df()
    took = time.perf_counter() - start
    assert len(found) > 0
    print(took)


if __name__ == "__main__":
    main()
