"""The `footfall` command: arguments in, exit codes out, no logic of its own."""

import signal
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from ingestion.config import home_folder
from ingestion.errors import DATA, USAGE, Failure, FullDisk, disk_is_full, is_forbidden
from ingestion.report import Report

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
Sources = Annotated[
    list[str] | None,
    typer.Option(
        "--source",
        metavar="NAME[=LOCATION]",
        help="Load exactly these sources, from LOCATION if given. Repeatable. Without it: every "
        "source that has a location in dbt_project.yml, or the sample shop if none has one.",
    ),
]
# The codes of ingestion.errors, in words.
EXIT_CODES = (
    "Exit codes: 0 done; 1 the data was refused or failed its tests, nothing published; 2 usage or "
    "configuration; 75 another run holds the lock."
)
Project = Annotated[
    Path, typer.Option("--project-dir", help="The folder that holds dbt_project.yml.")
]


@app.callback()
def footfall() -> None:
    """Raw events, orders and feeds into tested marts."""


@app.command(epilog=EXIT_CODES)
def ingest(source: Sources = None, project_dir: Project = Path()) -> None:
    """Bring what is new into landing."""
    from ingestion import run

    project = project_dir.resolve()
    run.ingest(project, home_folder(project), source or [], Report())


@app.command("run", epilog=EXIT_CODES)
def run_all(
    source: Sources = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Rebuild every model from the landed rows.")
    ] = False,
    project_dir: Project = Path(),
) -> None:
    """Ingest, build and test, and publish when every test passed."""
    from ingestion import run

    project = project_dir.resolve()
    run.run(project, home_folder(project), source or [], full_refresh, Report())


@app.command()
def publish(project_dir: Project = Path()) -> None:
    """Put the last build that passed its tests in front of readers."""
    from ingestion import run

    run.publish_build(home_folder(project_dir.resolve()), Report())


@app.command()
def export(
    to: Annotated[
        Path, typer.Option("--to", metavar="DIR", help="Where the files go; made if missing.")
    ],
    mart: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MART",
            help="fct_orders, ops.row_accounting …; without: every table of marts and features.",
        ),
    ] = None,
    form: Annotated[
        Literal["parquet", "csv"], typer.Option("--format", help="The files' format.")
    ] = "parquet",
    project_dir: Project = Path(),
) -> None:
    """Write published tables as ordered files, the same bytes for the same rows."""
    from ingestion.export import export as write

    write(home_folder(project_dir.resolve()), to, mart or [], form, Report())


@app.command("training-set")
def training_set(
    task: Annotated[str, typer.Argument(metavar="TASK", help="purchase_7d, repeat_30d …")],
    as_known_at: Annotated[
        str, typer.Option("--as-known-at", metavar="TIME", help="Only what was known by then; UTC.")
    ],
    to: Annotated[
        Path, typer.Option("--to", metavar="DIR", help="Where the files go; made if missing.")
    ],
    project_dir: Project = Path(),
) -> None:
    """Write what a task is learned from, as known at a moment: the same bytes each time."""
    from ingestion.training_set import training_set as write

    write(home_folder(project_dir.resolve()), task, as_known_at, to, Report())


@app.command()
def features(
    entity: Annotated[str, typer.Argument(metavar="ENTITY", help="customer, visitor_product …")],
    ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help="Its key: as many as the entity has.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    project_dir: Project = Path(),
) -> None:
    """Show what is served of a customer, visitor, product …, and until when it is good."""
    from ingestion.features import features as show

    show(home_folder(project_dir.resolve()), entity, ids, as_json, Report())


@app.command()
def status(project_dir: Project = Path()) -> None:
    """Show the sources, the files set aside and the last runs."""
    from ingestion.config import read_sources
    from ingestion.status import status as show

    project = project_dir.resolve()
    show(home_folder(project), read_sources(project), Report())


try:
    from sample.cli import sample
except ModuleNotFoundError as error:
    if not str(error.name).startswith("sample"):
        raise
else:
    app.command("sample")(sample)


def main() -> None:
    """Run the command; a failure is one sentence on stderr and its exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # An exit rather than KeyboardInterrupt, which dlt takes for a failed load. On its way out
        # dbt is ended, the ledger written and the lock freed.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        app()
    except Failure as error:
        Report().error(str(error))
        raise SystemExit(error.exit_code) from None
    except Exception as error:
        # Stopped from outside while DuckDB was at work: it hands that on as an error of its own.
        if isinstance(error.__cause__, SystemExit):
            raise error.__cause__ from None
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise SystemExit(128 + signal.SIGINT) from None
        if is_forbidden(error):
            Report().error(f"{error.filename} cannot be used. Correct its permissions.")
            raise SystemExit(USAGE) from None
        if not disk_is_full(error):
            raise
        Report().error(str(FullDisk.told(error)))
        raise SystemExit(DATA) from None
