"""The latest value before a moment, by Feast: in its own environment, over a local file store.

Run    .venv-feast/bin/python -m tests.oracles.feast_store < cases.json > answers.json
Shape  cases: name -> {values: [[entity, at, known, value]], moments: [[entity, t]], ttl}, times in
       microseconds since 1970; an answer: a value or null a moment, in their order
Feast takes what happened at the moment too, and has no look at when something was known: asked a
microsecond earlier, with a ttl as much shorter, its window is ours.
"""

import json
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig
from feast.types import Int64


def instants(micros: "pd.Series[int]") -> "pd.Series[pd.Timestamp]":
    return pd.to_datetime(micros, unit="us", utc=True)


def local_store(folder: Path) -> FeatureStore:
    """A store of files; what it knows of itself is in the folder too."""
    return FeatureStore(
        config=RepoConfig(
            project="footfall",
            registry=str(folder / "registry.db"),
            provider="local",
            offline_store={"type": "dask"},
            online_store={"type": "sqlite", "path": str(folder / "online.db")},
            entity_key_serialization_version=3,
        )
    )


def answered(folder: Path, case: dict[str, Any]) -> list[int | None]:
    values = pd.DataFrame(case["values"], columns=["entity", "at", "known", "value"])
    values = values.assign(at=instants(values["at"]), known=instants(values["known"]))
    values.to_parquet(folder / "values.parquet")
    entity = Entity(name="thing", join_keys=["entity"])
    view = FeatureView(
        name="values",
        entities=[entity],
        ttl=timedelta(microseconds=case["ttl"] - 1),
        schema=[Field(name="value", dtype=Int64)],
        source=FileSource(
            path=str(folder / "values.parquet"),
            timestamp_field="at",
            created_timestamp_column="known",
        ),
    )
    store = local_store(folder)
    store.apply([entity, view])
    moments = pd.DataFrame(case["moments"], columns=["entity", "at"]).assign(
        place=range(len(case["moments"]))
    )
    asked = moments.assign(event_timestamp=instants(moments["at"] - 1)).drop(columns="at")
    found = store.get_historical_features(entity_df=asked, features=["values:value"]).to_df()
    # It leaves out a moment before which there is nothing but what is too old.
    values_at = {
        place: int(value)
        for place, value in zip(found["place"], found["value"], strict=True)
        if not pd.isna(value)
    }
    return [values_at.get(place) for place in range(len(moments))]


def main() -> None:
    answers = {}
    for name, case in json.load(sys.stdin).items():
        with tempfile.TemporaryDirectory() as folder:
            answers[name] = answered(Path(folder), case)
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
