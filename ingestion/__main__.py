"""`python -m ingestion` is the `footfall` command."""

from ingestion.cli import main

main()
