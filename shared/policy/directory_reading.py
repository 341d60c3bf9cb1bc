"""The directory file, `directory.yaml`, read and checked: every name that is used must be there.

people:
  asta: {name: Asta Holm, zone: Europe/Copenhagen, language: da, channels: [email:asta@example.com, console],
         away: [2026-05-15, {2026-07-06 to 2026-07-24: on holiday}]}
  bo: {name: Bo Lind, zone: Europe/Copenhagen, channels: [webhook:https://hooks.example.com/bo]}
teams:
  first-line:
    title: First line
    manager: bo
    shifts:
      - {name: EMEA, zone: Europe/Copenhagen, hours: {mon-fri: 08:00-17:00}, holidays: DK-bank,
         people: [asta, bo], turns: weekly from 2026-01-05, regions: [EMEA]}
      - {name: after hours, hours: 24x7, people: [bo]}
senior_management: {people: [bo], zone: Europe/Copenhagen, hours: {mon-fri: 08:00-18:00}, always_for: [P1]}
customers:
  acme: {name: Acme, policy: demo, package: Premium, region: EMEA, manager: asta, deputy: bo,
         contacts: [{name: Ada, email: ada@acme.example, zone: Europe/Paris, language: fr}]}
"""

from collections.abc import Mapping

from yaml import Node

from shared.policy.directory import Contact, Customer, Directory, SeniorManagement
from shared.policy.reading import Reading
from shared.policy.roster import Person, Team
from shared.policy.roster_reading import listed, read_hours, read_person, read_team, read_zone, word

_AGREED = ("package", "region", "deployment")
_CUSTOMER = ("name", "policy", *_AGREED, "attributes", "contacts", "manager", "deputy")
_CONTACT = ("name", "email", "zone", "language")


def read_directory(text: str, file: str) -> Directory:
    """The directory in a YAML text.

    Raises:
        PolicyProblems: everything that is wrong with it.
    """
    reading = Reading(file)
    sections = reading.members(
        reading.compose(text), ("people", "teams", "senior_management", "customers"), ("people", "customers")
    )
    people: dict[str, Person] = {}
    teams: dict[str, Team] = {}
    customers: dict[str, Customer] = {}
    above = SeniorManagement()
    if "people" in sections:
        people = {id: read_person(id, node, reading) for _, id, node in reading.entries(sections["people"])}
    if "teams" in sections:
        teams = {
            id: read_team(id, node, people, reading) for _, id, node in reading.entries(sections["teams"])
        }
    if "senior_management" in sections:
        above = _senior_management(sections["senior_management"], people, reading)
    if "customers" in sections:
        for _, id, node in reading.entries(sections["customers"]):
            customers[id] = _customer(id, node, people, reading)
    reading.raise_problems()
    return Directory(customers, people, teams, above)


def _senior_management(node: Node, people: Mapping[str, Person], reading: Reading) -> SeniorManagement:
    members = reading.members(node, ("people", "zone", "hours", "holidays", "always_for"), ("people",))
    return SeniorManagement(
        reading.some_of(members["people"], people, "person") if "people" in members else (),
        read_hours(node, members, reading),
        reading.texts(members["always_for"]) if "always_for" in members else (),
    )


def _customer(id: str, node: Node, people: Mapping[str, Person], reading: Reading) -> Customer:
    members = reading.members(node, _CUSTOMER, ("policy",))
    attributes = {name: word(members, name, reading) for name in _AGREED if name in members}
    if "attributes" in members:
        for _, name, value in reading.entries(members["attributes"]):
            attributes[name] = reading.text(value) or ""
    dedicated = {
        role: reading.one_of(members[role], people, "person")
        for role in ("manager", "deputy")
        if role in members
    }
    if "deputy" in members and "manager" not in members:
        reading.problem(members["deputy"], "a deputy of nobody", "name the manager too")
    return Customer(
        id,
        word(members, "name", reading) or id,
        word(members, "policy", reading),
        attributes,
        tuple(_contact(item, reading) for item in listed(members, "contacts", reading)),
        dedicated.get("manager"),
        dedicated.get("deputy"),
    )


def _contact(node: Node, reading: Reading) -> Contact:
    members = reading.members(node, _CONTACT, ("name", "email"))
    language = word(members, "language", reading) or "en"
    return Contact(
        word(members, "name", reading), word(members, "email", reading), read_zone(members, reading), language
    )
