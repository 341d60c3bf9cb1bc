"""Public holidays by name, from dated data files that come with the package.

The files are generated (`tocsin calendar update`), never looked up at run time, so that the update of a
library moves no due. Each carries the hash of its days.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from shared.calendar.errors import CalendarError
from shared.calendar.holidays import Holiday


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """One data file: the days of `first_year` to `last_year`. What lies outside is unknown, not open."""

    name: str
    title: str
    source: str
    first_year: int
    last_year: int
    days: Mapping[date, str]

    @property
    def digest(self) -> str:
        """SHA-256 over the days and their names."""
        listed = json.dumps(
            {day.isoformat(): self.days[day] for day in sorted(self.days)}, ensure_ascii=False
        )
        return hashlib.sha256(listed.encode()).hexdigest()

    @property
    def holidays(self) -> tuple[Holiday, ...]:
        """The days as a calendar takes them."""
        return tuple(Holiday(day, name) for day, name in sorted(self.days.items()))

    def dump(self) -> str:
        """The text of the data file."""
        said = {
            "name": self.name,
            "title": self.title,
            "source": self.source,
            "years": [self.first_year, self.last_year],
            "sha256": self.digest,
            "days": {day.isoformat(): name for day, name in sorted(self.days.items())},
        }
        return json.dumps(said, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def load(cls, text: str) -> "PublicHolidays":
        """Read a data file. Raises CalendarError when its days are not those that were hashed."""
        said = json.loads(text)
        days = {date.fromisoformat(day): name for day, name in said["days"].items()}
        first, last = said["years"]
        read = cls(said["name"], said["title"], said["source"], first, last, days)
        if read.digest != said["sha256"]:
            raise CalendarError(
                f"the holidays {read.name} are not those that were generated: "
                "state exceptions in the policy, and restore the file with `tocsin calendar update`"
            )
        return read


def available() -> list[str]:
    """The names that `public_holidays` knows."""
    data = files("shared.calendar") / "data"
    return sorted(file.name.removesuffix(".json") for file in data.iterdir() if file.name.endswith(".json"))


@cache
def public_holidays(name: str) -> PublicHolidays:
    """The public holidays called so, such as DK-bank. Raises CalendarError for an unknown name."""
    if name not in available():
        by_lower = {known.lower(): known for known in available()}
        near = get_close_matches(name.lower(), by_lower, n=1)
        hint = f"did you mean {by_lower[near[0]]}?" if near else f"known are {', '.join(available())}"
        raise CalendarError(f"no public holidays are called {name!r}: {hint}")
    return PublicHolidays.load((files("shared.calendar") / "data" / f"{name}.json").read_text("utf-8"))
