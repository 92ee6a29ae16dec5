"""Who is a robot by the user agent: a kept list of crawlers, and the browsers of people.

The crawlers are those of crawler-user-agents (MIT). The list is not part of the project: without
../shared/data its test skips.
"""

import json
from collections.abc import Iterable

import pytest

from tests.pipeline.compiled import compiled, fill, memory
from tests.support import PROJECT, SHARED, needs

CRAWLERS = SHARED / "crawlers" / "crawler-user-agents.json"
BROWSERS = PROJECT / "tests" / "fixtures" / "browsers.txt"
SEEDS = ("user_agent_families", "user_agent_rules")
FLAGGED = 0.945  # measured 0.950 of 2,116; the others say nothing but what a browser says


@pytest.fixture(scope="module")
def sql(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("user_agents")
    return compiled(folder, "int_user_agents")["int_user_agents"]


def robots(sql: str, user_agents: Iterable[str]) -> dict[str, bool]:
    """Whether each is a robot, by the model and the seeds as they are."""
    with memory() as con:
        for seed in SEEDS:
            path = PROJECT / "seeds" / f"{seed}.csv"
            con.execute(f"create table reference.{seed} as from read_csv('{path}')")
        rows = [{"user_agent": text} for text in user_agents]
        fill(con, "staging.stg_web__events", {"user_agent": "varchar"}, rows)
        return dict(con.execute(f"select user_agent, is_bot from ({sql})").fetchall())


@needs(CRAWLERS)
def test_nearly_all_known_crawlers_are_robots(sql: str) -> None:
    listed = json.loads(CRAWLERS.read_text(encoding="utf-8"))
    found = robots(sql, {text for entry in listed for text in entry["instances"]})
    missed = [text for text, is_bot in found.items() if not is_bot]
    assert len(missed) <= (1 - FLAGGED) * len(found), "\n".join(missed)


def test_no_browser_is_a_robot(sql: str) -> None:
    browsers = BROWSERS.read_text(encoding="utf-8").splitlines()
    found = robots(sql, browsers)
    assert len(found) == len(browsers)
    assert not [text for text, is_bot in found.items() if is_bot]
