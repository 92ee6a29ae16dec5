"""`footfall sample`: makes the sample shop, with one option per rate."""

import inspect
import time
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from ingestion.config import expanded, home_folder, read_sources, redact_url
from ingestion.errors import UsageFailure, disk_is_full
from sample.rates import Rates


def sample(
    to: Annotated[
        Path | None,
        typer.Option(help="Folder to write; default $FOOTFALL_HOME/sample.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same shop.")] = 1,
    events: Annotated[int, typer.Option(min=1, help="Event lines, roughly.")] = 50_000,
    # An event of the last century would count as ancient.
    days: Annotated[int, typer.Option(min=1, max=3650, help="Length of the window in days.")] = 90,
    database: Annotated[
        str | None,
        typer.Option(
            help="SQLAlchemy URL of the shop database; default shop.sqlite in the folder.",
            show_default=False,
        ),
    ] = None,
    if_no_source: Annotated[
        bool, typer.Option("--if-no-source", help="Only if dbt_project.yml configures no source.")
    ] = False,
    **rates: float,
) -> None:
    """Make the sample shop: event files, a shop database, feeds, and the truth about them."""
    # Slow to import, and this module is imported for every command.
    from sqlalchemy.exc import SQLAlchemyError

    from ingestion.database_url import reason
    from sample.make import SampleError, generate, read_truth

    project = Path().resolve()
    if if_no_source and any(s.enabled and s.location for s in read_sources(project).values()):
        return
    folder = expanded(to or home_folder(project) / "sample").absolute()
    started = time.monotonic()
    before = read_truth(folder)
    written = _version(folder)
    try:
        truth = generate(
            folder, seed=seed, events=events, days=days, database=database, rates=Rates(**rates)
        )
    except (SampleError, ValueError) as error:
        raise UsageFailure(f"footfall sample: {error}.") from None
    except (SQLAlchemyError, OSError) as error:
        if disk_is_full(error):
            raise  # told as for every command
        if isinstance(error, OSError):
            raise UsageFailure(
                f"footfall sample: {error.filename or folder} cannot be written "
                f"({error.strerror}). Correct its permissions, or name a folder with --to."
            ) from None
        if not database:
            raise UsageFailure(
                f"footfall sample: shop.sqlite in {folder} cannot be written "
                f"({reason(error, database or '')}). "
                "Make room and correct its permissions, or name a folder with --to."
            ) from None
        raise UsageFailure(
            f"footfall sample: {redact_url(database)} does not take the shop: "
            f"{reason(error, database)}. Check the address, the user, the password and the right "
            "to create tables."
        ) from None
    if before is not None and _version(folder) == written:
        typer.echo(f"{folder} holds this sample already")
        return
    typer.echo(_summary(folder, truth, time.monotonic() - started))


def _version(folder: Path) -> int | None:
    path = folder / "truth" / "truth.json"
    return path.stat().st_mtime_ns if path.exists() else None


def _summary(folder: Path, truth: dict[str, Any], seconds: float) -> str:
    web, shop, feeds = truth["web"], truth["shop"], truth["feeds"]
    window = f"{truth['window']['first_day']} to {truth['window']['last_day']}"
    duplicates, rejects = sum(web["duplicate"].values()), sum(web["quarantined"].values())
    orders, customers = shop["orders"]["raw"], shop["customers"]["raw"]
    rates, products = feeds["exchange_rates"]["raw"], feeds["products"]["raw"]
    spend, net = feeds["ad_spend"]["raw"], Decimal(truth["revenue"]["net_eur"])
    sessions, visitors = truth["sessions"]["all"], web["visitors"]
    files = _counted(len(web["files"]), "file")
    lines = (
        f"made {folder} in {seconds:.1f} s",
        f"  web    {_counted(web['raw'], 'line')} in {files}, {window}",
        f"         {web['accepted']} accepted, {duplicates} duplicate, {rejects} quarantined",
        f"         {_counted(sessions, 'session')} of {_counted(visitors, 'visitor')}",
        f"  shop   {_counted(orders, 'order')}, {_counted(customers, 'customer')}, net {net:f} EUR",
        f"  feeds  {_counted(rates, 'exchange rate')}, {_counted(products, 'product version')}, "
        f"{_counted(spend, 'ad cost')}",
    )
    return "\n".join(lines)


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}" + ("" if count == 1 else "s")


def _with_rate_options() -> None:
    """Spell out **rates, one keyword per field of Rates, for Typer to read."""
    signature = inspect.signature(sample)
    plain = [each for each in signature.parameters.values() if each.kind != each.VAR_KEYWORD]
    options = [
        inspect.Parameter(
            item.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=item.default,
            annotation=Annotated[
                float,
                typer.Option(
                    min=0,
                    max=1,
                    help=f"Share of {item.metadata['help']}.",
                    rich_help_panel="Rates, from 0 to 1",
                ),
            ],
        )
        for item in fields(Rates)
    ]
    sample.__signature__ = signature.replace(parameters=plain + options)  # type: ignore[attr-defined]


_with_rate_options()
