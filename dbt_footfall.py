"""dbt imports each module named dbt_… before it reads a project; see ingestion/dbt_lean.py."""

from ingestion import dbt_lean

dbt_lean.replace()
