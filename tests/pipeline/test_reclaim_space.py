"""Every fourth build reclaims the room of replaced rows; macros/engines/reclaim_space.sql."""

import shutil
import sys
from pathlib import Path

import duckdb

from tests.support import PROJECT, run

DBT_PROJECT = """
name: footfall
version: "1.0"
profile: small
flags: {send_anonymous_usage_stats: false}
vars: {raised: 0}
on-run-start: ["{{ record_versions() }}", "{{ know_versions() }}"]
on-run-end: "{{ reclaim_space() }}"
"""
PROFILES = """
small:
  target: dev
  outputs:
    dev: {type: duckdb, path: small.duckdb, threads: 2, settings: {max_vacuum_tasks: 0}}
"""
MODELS = {
    # One in ten is raised: that which was raised before and that which is now are made anew.
    "prices": "{{ config(materialized='table') }} select cast(range as varchar) as item,"
    " cast(range % 10 = {{ var('raised') }} as integer) as price from range(20000)",
    "items": "{{ keyed_by('item', [{'model': 'prices', 'fingerprint': fingerprint(['price'])}]) }}"
    " select prices.item, prices.price, changed.input_fingerprint"
    " from {{ ref('prices') }} as prices"
    " inner join {{ changed_keys() }} as changed on prices.item = changed.item",
}


def test_every_fourth_build_reclaims_the_room_of_replaced_rows(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "macros", tmp_path / "macros")
    (tmp_path / "models").mkdir()
    (tmp_path / "dbt_project.yml").write_text(DBT_PROJECT)
    (tmp_path / "profiles.yml").write_text(PROFILES)
    for name, sql in MODELS.items():
        (tmp_path / "models" / f"{name}.sql").write_text(sql)

    def after(command: str, raised: int) -> tuple[int, int]:
        """Row groups of the table, and rows in them, dead ones too, as they are on the disk."""
        dbt = (sys.executable, "-m", "dbt.cli.main", command, "--profiles-dir", ".")
        done = run(*dbt, "--vars", f"{{raised: {raised}}}", home=tmp_path, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        # Read-only: who may write would reclaim the room itself.
        with duckdb.connect(tmp_path / "small.duckdb", read_only=True) as con:
            live, groups, rows = con.execute("""
                select (select count(*) from items), count(*), sum(row_count) from (
                    select row_group_id, sum(count) as row_count from pragma_storage_info('items')
                    where column_name = 'item' and segment_type <> 'VALIDITY' group by row_group_id
                )
            """).fetchall()[0]
        assert live == 20_000
        return groups, rows

    assert after("build", 0) == (1, 20_000)
    assert after("build", 1) == (2, 24_000)
    # Only builds count.
    assert after("run", 2) == (3, 28_000)
    assert after("build", 3) == (4, 32_000)
    assert after("build", 4) == (1, 20_000)
    assert after("build", 5) == (2, 24_000)
