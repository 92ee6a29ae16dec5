"""The `footfall` command: arguments in, exit codes out, no logic of its own."""

from pathlib import Path
from typing import Annotated

import typer

from ingestion.config import home_folder
from ingestion.errors import Failure
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
        help="Load exactly these sources, from LOCATION if given. Repeatable.",
    ),
]
Project = Annotated[
    Path, typer.Option("--project-dir", help="The folder that holds dbt_project.yml.")
]


@app.callback()
def footfall() -> None:
    """Raw events, orders and feeds into tested marts."""


@app.command()
def ingest(source: Sources = None, project_dir: Project = Path()) -> None:
    """Bring what is new into landing."""
    from ingestion.ingest import ingest as run

    project = project_dir.resolve()
    raise typer.Exit(run(project, home_folder(project), source or [], Report()))


def main() -> None:
    """Run the command; a failure is one sentence on stderr and its exit code."""
    try:
        app()
    except Failure as error:
        Report().error(str(error))
        raise SystemExit(error.exit_code) from None
