"""A mapping: which column, state and value of an export means what. Readable YAML, one file an export."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared.calendar.errors import CalendarError
from shared.calendar.instants import moment
from shared.calendar.zone import zone
from shared.contracts.case import Attributes


class BadMapping(ValueError):
    """The mapping cannot be used; the message names the file, the places and what is wrong with each."""


class Part(BaseModel):
    # A bare 1 in YAML is a number, in the export it is text.
    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


def _known_zone(name: str) -> str:
    try:
        zone(name)
    except CalendarError as unknown:
        raise ValueError(str(unknown)) from None
    return name


def _readable_format(text: str) -> str:
    sample = datetime(2016, 2, 29, 23, 59)  # noqa: DTZ001 - a wall clock, tried out in the mapping's own form
    year = "%Y" in text or "%y" in text
    if not year or datetime.strptime(sample.strftime(text), text).date() != sample.date():  # noqa: DTZ007
        raise ValueError(f"{text!r} does not say day, month and year; for example %d-%m-%Y %H:%M")
    return text


class Times(Part):
    """How the export writes its local times."""

    format: Annotated[str, AfterValidator(_readable_format)]
    zone: Annotated[str, AfterValidator(_known_zone)]

    @property
    def where(self) -> ZoneInfo:
        return zone(self.zone)

    def show(self, instant: int) -> str:
        """The instant as the export would write it."""
        return moment(instant).astimezone(self.where).strftime(self.format)


class Columns(Part):
    """The export's names for what the import needs; the optional ones may be left out."""

    case: str
    state: str
    opened: str
    updated: str
    resolved: str | None = None
    closed: str | None = None
    revision: str | None = None
    by: str | None = None


class State(Part):
    """One state of the export: a status that the policy names, or an end."""

    status: str | None = None
    ends: Literal["resolved", "closed"] | None = None
    answered: bool = False
    """Support has reacted: the first row in such a state is the first response."""

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.status is None) == (self.ends is None):
            raise ValueError("say either `status: NAME` or `ends: resolved | closed`")
        return self


class Attribute(Part):
    """Where an attribute comes from: one column, several joined by a comma, or always the same."""

    column: str | list[str] | None = None
    values: dict[str, str] | None = None
    """The export's values and ours. A value that is not listed is reported. None: taken over as it is."""
    always: str | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.column is None) == (self.always is None):
            raise ValueError("say either `column: NAME` or `always: VALUE`")
        return self

    @property
    def columns(self) -> list[str]:
        return [self.column] if isinstance(self.column, str) else self.column or []


class Change(Part):
    from_: Annotated[str, Field(alias="from")]
    to: str


class FromColumn(Part):
    column: str


class Mapping(Part):
    source: str
    customer: str | FromColumn
    times: Times
    delimiter: str = ","
    unknown: frozenset[str] = frozenset({""})
    columns: Columns
    states: dict[str, State]
    attributes: dict[str, Attribute] = {}
    machines: frozenset[str] = frozenset()
    customer_replied: list[Change] = []

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        strange = self.attributes.keys() - Attributes.model_fields.keys()
        if strange:
            allowed = ", ".join(Attributes.model_fields)
            raise ValueError(f"attributes: {', '.join(sorted(strange))}: a case has {allowed}")
        for change in self.customer_replied:
            for state in (change.from_, change.to):
                if state not in self.states:
                    raise ValueError(f"customer_replied: no state is called {state!r}")
        return self

    def needed(self) -> set[str]:
        """All columns that a file must have."""
        names = {name for name in self.columns.model_dump().values() if name is not None}
        names.update(column for attribute in self.attributes.values() for column in attribute.columns)
        if isinstance(self.customer, FromColumn):
            names.add(self.customer.column)
        return names


def read_mapping(text: str, file: str) -> Mapping:
    """Read a mapping.

    Raises:
        BadMapping: with every mistake found.
    """
    try:
        content: Any = yaml.safe_load(text)
    except yaml.YAMLError as wrong:
        raise BadMapping(f"{file}: no YAML: {wrong}") from None
    try:
        return Mapping.model_validate(content)
    except ValidationError as wrong:
        mistakes = (
            f"{'.'.join(str(step) for step in mistake['loc']) or 'the whole'}: {mistake['msg']}"
            for mistake in wrong.errors()
        )
        raise BadMapping(f"{file}: " + "; ".join(mistakes)) from None
