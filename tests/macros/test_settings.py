"""A funnel that makes no sense stops the compilation in a sentence that names it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.macro_sql import run_dbt

PROJECT = Path(__file__).parents[2]
DBT_PROJECT = """
name: footfall
version: "1.0"
profile: settings
flags: {send_anonymous_usage_stats: false}
"""
PROFILES = """
settings: {target: dev, outputs: {dev: {type: duckdb, path: settings.duckdb}}}
"""
STEPS = "needs 2 to 8 steps, got"
BREAKDOWNS = "platform, source, utm_source, utm_medium, utm_campaign, product_id"
# A funnel's settings, besides its name, and what is said of them.
FUNNELS: dict[str, tuple[dict[str, Any], str]] = {
    "one_step": ({"steps": ["purchase"]}, f"{STEPS} 1"),
    "no_step": ({"steps": []}, f"{STEPS} 0"),
    "nine_steps": ({"steps": ["view_item"] * 9}, f"{STEPS} 9"),
    "unknown_step": (
        {"steps": ["view_item", "buy"]},
        "buy is no event type; see the seed event_types",
    ),
    "unknown_exclusion": (
        {"exclusions": ["buy"]},
        "buy is no event type; see the seed event_types",
    ),
    "excluded_step": (
        {"exclusions": ["purchase"]},
        "purchase is both a step and an exclusion",
    ),
    "negative": (
        {"window_hours": -24},
        "window_hours must be a whole number above 0, got -24",
    ),
    "half": ({"window_hours": 0.5}, "window_hours must be a whole number above 0, got 0.5"),
    "text": ({"steps": "purchase"}, "steps must be a list, got purchase"),
    "family": ({"unit": "family"}, "unit must be session or person, got family"),
    "loose": ({"mode": "loose"}, "mode must be ordered, strict or any_order, got loose"),
    "country": ({"breakdowns": ["country"]}, f"country is no breakdown; there are {BREAKDOWNS}"),
    "fifth": ({"breakdown_step": 5}, "breakdown_step must be the number of a step, got 5"),
    "typo": (
        {"windw_hours": 24},
        "windw_hours is no setting; there are name, steps, window_hours, unit, mode, exclusions, "
        "breakdowns, breakdown_step",
    ),
    "Capital": ({}, "its name must be lower case letters, digits and underscores"),
}
# Whole lists, and what is said of them.
LISTS: dict[str, tuple[Any, str]] = {
    "twins": ([{"name": "buy"}, {"name": "buy"}], "funnels.buy: a second funnel has this name"),
    "nameless": ([{"name": "buy"}, {"steps": []}], "funnels: entry 2 has no name"),
    "mapping": ({"buy": {}}, "funnels: must be a list, got {'buy': {}}"),
}


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What dbt says of a throwaway project with a model per list of funnels."""
    root = tmp_path_factory.mktemp("settings")
    shutil.copytree(PROJECT / "macros", root / "macros")
    (root / "dbt_project.yml").write_text(DBT_PROJECT)
    (root / "profiles.yml").write_text(PROFILES)
    (root / "models").mkdir()
    given = {name: [{"name": name, **funnel}] for name, (funnel, _) in FUNNELS.items()}
    given |= {name: funnels for name, (funnels, _) in LISTS.items()}
    given |= {"sound": [{"name": "buy"}, {"name": "twice", "steps": ["view_item", "view_item"]}]}
    for name, funnels in given.items():
        # Only when executing: while parsing, the first error would end everything.
        call = f"{{{{ checked_funnels({json.dumps(funnels)}) | length }}}}"
        text = f"select {{% if execute %}}{call}{{% else %}}0{{% endif %}} as funnel_count"
        (root / "models" / f"m_{name}.sql").write_text(text)
    return run_dbt(root, "run")


@pytest.mark.parametrize("name", FUNNELS)
def test_a_funnel_without_sense_is_refused_in_a_sentence(output: str, name: str) -> None:
    message = f"funnels.{name}: {FUNNELS[name][1]}"
    assert f"Compilation Error in model m_{name} (models/m_{name}.sql)\n  {message}\n" in output


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_funnels_without_sense_is_refused(output: str, name: str) -> None:
    assert f"in model m_{name} (models/m_{name}.sql)\n  {LISTS[name][1]}\n" in output


def test_sound_funnels_are_taken(output: str) -> None:
    assert "model m_sound " not in output
