"""A shop that has not sent anything yet: every model builds, empty where it must be."""

import re
import sys
from pathlib import Path

from tests.support import opened, run


def test_everything_builds_before_anything_was_ingested(tmp_path: Path) -> None:
    home = tmp_path / "warehouse"
    assert run(sys.executable, "-m", "ingestion.declare", home=home).returncode == 0
    done = run(sys.executable, "-m", "dbt.cli.main", "build", home=home)
    assert done.returncode == 0, done.stdout[-5000:]
    # Without a row there is nothing to warn about.
    assert "WARN=0" in done.stdout
    with opened(home / "footfall.duckdb") as con:
        names = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where database_name = 'shop' and schema_name in ('marts', 'features', 'ops')"
        ).fetchall()
        counts = {name: con.execute(f"select count(*) from {name}").fetchone() for (name,) in names}
    assert len(counts) > 14
    # The channels that the rules name are there before anybody came by one; so are tasks.
    there = {name for name, count in counts.items() if count != (0,)}
    assert there == {"marts.dim_channels", "features.trn_registry"}


def test_models_and_macros_pass_their_own_tests(tmp_path: Path) -> None:
    """Unit tests need tables, if empty ones; no build without a selection runs them."""
    home = tmp_path / "warehouse"
    dbt = (sys.executable, "-m", "dbt.cli.main")
    assert run(sys.executable, "-m", "ingestion.declare", home=home).returncode == 0
    built = run(*dbt, "build", "--exclude-resource-type", "test", home=home)
    assert built.returncode == 0, built.stdout[-5000:]
    done = run(*dbt, "test", "--select", "test_type:unit", "path:tests/macros", home=home)
    assert done.returncode == 0, done.stdout[-5000:]
    found = re.search(r"PASS=(\d+) WARN=0 ERROR=0 SKIP=0", done.stdout)
    assert found is not None
    assert int(found[1]) > 70
