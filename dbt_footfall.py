"""dbt imports each module named dbt_… before it reads a project; see ingestion/dbt_lean.py."""

import contextlib

# Another project of this environment may have an `ingestion` of its own.
with contextlib.suppress(ImportError):
    from ingestion import dbt_lean

    dbt_lean.replace()
