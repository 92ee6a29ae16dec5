"""The gate of `make lint` is shut to what is undocumented, or promised without a contract."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import PROJECT

BOUNCER = PROJECT / ".venv-lint" / "bin" / "dbt-bouncer"
ARTIFACTS = PROJECT / "target" / "lint" / "target"
ORDERS = "model.footfall.fct_orders"
Artifacts = dict[str, Any]

pytestmark = pytest.mark.skipif(
    not (BOUNCER.exists() and (ARTIFACTS / "catalog.json").exists()),
    reason="the gate looks at what `make lint` leaves behind: run it first",
)


def refused(folder: Path, spoil: Callable[[Artifacts, Artifacts], object]) -> str | None:
    """What the gate says of the project's artifacts, spoiled; None when it lets them pass."""
    read = {name: json.loads((ARTIFACTS / name).read_text("utf-8")) for name in ALL}
    spoil(read["manifest.json"], read["catalog.json"])
    for name, document in read.items():
        (folder / name).write_text(json.dumps(document), encoding="utf-8")
    config = yaml.safe_load((PROJECT / "dbt-bouncer.yml").read_text("utf-8"))
    config |= {"dbt_artifacts_dir": str(folder)}
    (folder / "dbt-bouncer.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    shutil.copytree(PROJECT / "tests" / "rules", folder / "tests" / "rules")
    command = [str(BOUNCER), "run", "--config-file", str(folder / "dbt-bouncer.yml")]
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True, check=False)
    return done.stdout + done.stderr if done.returncode else None


ALL = ("manifest.json", "catalog.json")
SPOILED: dict[str, Callable[[Artifacts, Artifacts], object]] = {
    "a model without a description": lambda manifest, _: manifest["nodes"][ORDERS].update(
        description=""
    ),
    "a column without a description": lambda manifest, _: manifest["nodes"][ORDERS]["columns"][
        "order_id"
    ].update(description=""),
    "a column that is not listed": lambda manifest, _: manifest["nodes"][ORDERS]["columns"].pop(
        "order_id"
    ),
    "a mart without a contract": lambda manifest, _: manifest["nodes"][ORDERS]["contract"].update(
        enforced=False
    ),
}


def test_the_project_passes(tmp_path: Path) -> None:
    assert refused(tmp_path, lambda *_: None) is None


@pytest.mark.parametrize("what", SPOILED)
def test_what_is_undocumented_or_unpromised_is_refused(tmp_path: Path, what: str) -> None:
    said = refused(tmp_path, SPOILED[what])
    assert said is not None
    assert "fct_orders" in said
