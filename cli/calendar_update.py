"""Generates the data files of shared/calendar/public_holidays.py, and says what an update would change."""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.errors import fail
from shared.calendar.public_holidays import PublicHolidays, available, public_holidays

DATA = Path(__file__).parents[1] / "shared" / "calendar" / "data"
YEARS = (2015, 2035)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one file is made: a country and subdivision of the holidays package, and the days to add."""

    title: str
    country: str
    subdivision: str | None = None
    categories: tuple[str, ...] = ("public",)
    more: Callable[[dict[date, str], int], dict[date, str]] = lambda _days, _year: {}


def danish_bank_days(public: dict[date, str], year: int) -> dict[date, str]:
    """Days on which Danish banks close besides the public holidays (EM-2)."""
    ascension = next(day for day, name in public.items() if "Ascension" in name)
    return {
        ascension + timedelta(days=1): "Day after Ascension",
        date(year, 6, 5): "Constitution Day",
        date(year, 12, 24): "Christmas Eve",
        date(year, 12, 31): "New Year's Eve",
    }


RECIPES = {
    "AU": Recipe("Australia, national", "AU"),
    "CA": Recipe("Canada, national", "CA"),
    "DE": Recipe("Germany, national", "DE"),
    "DK": Recipe("Denmark, public holidays", "DK"),
    "DK-bank": Recipe("Denmark, days on which banks close", "DK", more=danish_bank_days),
    "FR": Recipe("France", "FR"),
    "GB-ENG": Recipe("England, bank holidays", "GB", "ENG"),
    "GB-NIR": Recipe("Northern Ireland, bank holidays", "GB", "NIR"),
    "GB-SCT": Recipe("Scotland, bank holidays", "GB", "SCT"),
    "IE": Recipe("Ireland", "IE"),
    "IN": Recipe("India, national; religious days are estimates until they are announced", "IN"),
    "NL": Recipe("Netherlands", "NL"),
    "NO": Recipe("Norway", "NO"),
    "SE": Recipe("Sweden", "SE"),
    "US-federal": Recipe("United States, federal holidays", "US", categories=("government",)),
}


def generate(name: str, years: tuple[int, int] = YEARS) -> PublicHolidays:
    """One file's content from the installed holidays package (a development dependency)."""
    package: Any = importlib.import_module("holidays")
    recipe = RECIPES[name]
    days: dict[date, str] = {}
    for year in range(years[0], years[1] + 1):
        language = "en_GB" if recipe.country in ("GB", "IE") else "en_US"
        listed = package.country_holidays(
            recipe.country, recipe.subdivision, years=year, categories=recipe.categories, language=language
        )
        public = {day: str(name) for day, name in listed.items() if day.year == year}
        days |= public | {day: title for day, title in recipe.more(public, year).items() if day not in public}
    return PublicHolidays(name, recipe.title, f"holidays {package.__version__}", *years, days)


def changes(old: PublicHolidays | None, new: PublicHolidays) -> Iterator[str]:
    """What is added, removed or renamed, a line a day."""
    if old is None:
        yield f"{new.name}: new, {len(new.days)} days, {new.first_year} to {new.last_year}"
        return
    for day in sorted(old.days.keys() | new.days.keys()):
        before, after = old.days.get(day), new.days.get(day)
        if before is None:
            yield f"{new.name}: + {day} {after}"
        elif after is None:
            yield f"{new.name}: - {day} {before}"
        elif before != after:
            yield f"{new.name}: ~ {day} {before} -> {after}"


def update(*, write: bool, directory: Path = DATA) -> list[str]:
    """Compare every file with what would be generated; write those that differ when told so."""
    lines: list[str] = []
    for name in RECIPES:
        new = generate(name)
        old = public_holidays(name) if name in available() else None
        lines.extend(changes(old, new))
        if write:
            directory.mkdir(exist_ok=True)
            (directory / f"{name}.json").write_text(new.dump(), "utf-8")
    return lines


app = typer.Typer(no_args_is_help=True, help="The public holidays that calendars name.")


@app.callback()
def _calendar() -> None:
    """The group itself does nothing."""


@app.command("update")
def command(
    *, write: Annotated[bool, typer.Option(help="Write the files; else say what would change.")] = False
) -> None:
    """Compare the holidays that come with Tocsin with the installed `holidays` package."""
    try:
        lines = update(write=write)
    except ModuleNotFoundError:
        fail("the holidays package is not installed: it is one of the development dependencies")
    for line in lines:
        typer.echo(line)
    if not lines:
        typer.echo("nothing changes")
    elif not write:
        typer.echo("nothing is written: say --write, and look at what `tocsin simulate` makes of it before")
