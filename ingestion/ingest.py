"""`footfall ingest`: every requested source, one after the other, into landing."""

from pathlib import Path

from ingestion.config import read_sources, select_sources
from ingestion.errors import DATA, DONE, Failure
from ingestion.report import Report


def ingest(project: Path, home: Path, requested: list[str], report: Report) -> int:
    """Load the sources; one that fails does not stop the others.

    Returns the exit code: the worst of the sources', DATA for a file newly set aside
    """
    from ingestion import pipeline  # dlt takes most of a second to import

    declared = read_sources(project)
    sources = select_sources(declared, requested, project, home)
    pipeline.configure(home)
    code = DONE
    with pipeline.landing(home) as con:
        for source in sources:
            try:
                outcome = pipeline.load(source, con, home, report)
            except Failure as error:
                report.error(str(error))
                code = max(code, error.exit_code)
                continue
            report.line(
                f"{source.name}: {outcome.rows():,} rows landed from "
                f"{outcome.count('landed')} new files"
            )
            if outcome.count("set_aside"):
                code = max(code, DATA)
    return code
