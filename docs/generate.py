"""Writes what is made from the code: the map of topics, facts, a clock's life, the schema. `make diagrams`.

A test runs this and fails where a page is stale. Nothing is started: what a service hears
is read from the `Process(...)` in its source.
"""

import ast
import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.clock.domain.cycle import TRANSITIONS
from shared.contracts import topics
from shared.contracts.envelope import Said
from shared.policy.schema import schema

ROOT = Path(__file__).resolve().parents[1]
ARCHITECTURE = ROOT / "docs" / "architecture.md"
CLOCKS = ROOT / "docs" / "clocks.md"
EVENTS = ROOT / "docs" / "events.md"
LANGUAGE = ROOT / "docs" / "policy-language.md"
SCHEMA = ROOT / "shared" / "policy" / "policy.schema.json"
GENERATED = re.compile(r"(<!-- generated: make diagrams -->\n).*?(<!-- end -->)", re.DOTALL)


def pages() -> dict[Path, str]:
    """Every page with the text that it should have."""
    drawn = f"```mermaid\n{diagram()}```\n"
    return {
        ARCHITECTURE: GENERATED.sub(lambda m: m[1] + drawn + m[2], ARCHITECTURE.read_text()),
        CLOCKS: GENERATED.sub(lambda m: m[1] + life_of_a_clock() + m[2], CLOCKS.read_text()),
        EVENTS: events(),
        LANGUAGE: GENERATED.sub(lambda m: m[1] + words() + m[2], LANGUAGE.read_text()),
        SCHEMA: json.dumps(schema(), ensure_ascii=False, indent=1) + "\n",
    }


def life_of_a_clock() -> str:
    """The table of transitions as a diagram."""
    short = {state: re.sub(r"\W+", "_", state) for state, _ in TRANSITIONS}
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> running"]
    lines += [f'    state "{state}" as {name}' for state, name in short.items() if name != state]
    lines += [f"    {short[at]} --> {short[to]}: {event}" for (at, event), to in TRANSITIONS.items()]
    return "\n".join([*lines, "```", ""])


def hears() -> dict[str, tuple[str, ...]]:
    """Service to the topics that it hears."""
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted((ROOT / "services").glob("*/**/*.py")):
        service = file.relative_to(ROOT / "services").parts[0]
        for heard in _processes(ast.parse(file.read_text())):
            found[service] = tuple(dict.fromkeys((*found.get(service, ()), *heard)))
    return found


def diagram() -> str:
    lines = ["flowchart LR", "    systems([help desks, mail]) -- HTTP --> intake"]
    lines += [f"    {service}[{service}]" for service in sorted(set(topics.OWNERS.values()))]
    lines += [f"    {topic}[/{topic}/]" for topic in topics.TOPICS]
    lines += [f"    {owner} ==> {topic}" for topic, owner in topics.OWNERS.items()]
    lines += [f"    {topic} --> {service}" for service, heard in hears().items() for topic in heard]
    lines += ["    notifier -- mail, webhooks --> people([people])", "    people -- acknowledge --> notifier"]
    return "".join(f"{line}\n" for line in lines)


def events() -> str:
    lines = [
        "# Every fact",
        "",
        "Generated from `shared/contracts` by `make diagrams`. What other systems post are the facts of",
        "`cases`; how the door takes them is on intake's own page, `/docs`. The envelope is CloudEvents 1.0.",
        "Types and members only ever become more. A `?` marks what may be missing.",
    ]
    for topic, facts in topics.TOPICS.items():
        lines += ["", f"## {topic}", "", f"Said by {topics.OWNERS[topic]}.", ""]
        lines += ["| type | meaning | members |", "|---|---|---|"]
        lines += [f"| `{fact.type}` | {_meaning(fact)} | {_members(fact)} |" for fact in facts]
    return "\n".join([*lines, ""])


def words() -> str:
    """The words of the policy language with their meaning, from its schema."""
    sections = schema()["properties"]
    clock = sections["clocks"]["additionalProperties"]
    step = _inner(_inner(sections["ladders"])["properties"]["steps"])
    tables = {"a policy": sections, "a clock": clock["properties"], "a step of a ladder": step["properties"]}
    lines = []
    for name, members in tables.items():
        lines += [f"| in {name} | |", "|---|---|"]
        lines += [f"| `{word}` | {member.get('description', '')} |" for word, member in members.items()]
        lines.append("")
    return "\n" + "\n".join(lines)


def _inner(listed: dict[str, Any]) -> dict[str, Any]:
    """Of `one, or a list of them`: the one."""
    one: dict[str, Any] = listed["anyOf"][0]
    return one


def _processes(tree: ast.Module) -> Iterator[list[str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Process":
            named = {keyword.arg: keyword.value for keyword in node.keywords}
            heard: ast.expr | None = named.get("hears") or node.args[1]
            if isinstance(heard, ast.Name):
                heard = _assigned(tree, heard.id)
            if not isinstance(heard, ast.Tuple):
                sys.exit(f"line {node.lineno}: write what a Process hears as a tuple of topics here")
            yield [_topic(item) for item in heard.elts]


def _assigned(tree: ast.Module, name: str) -> ast.expr | None:
    """What the file gives to a name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return node.value
    return None


def _topic(item: ast.expr) -> str:
    if isinstance(item, ast.Constant):
        return str(item.value)
    name = item.attr if isinstance(item, ast.Attribute) else ast.unparse(item)
    return str(getattr(topics, name))


def _meaning(fact: type[Said]) -> str:
    own = fact.__dict__.get("__doc__") or ""
    return " ".join(inspect.cleandoc(own).split())


def _members(fact: type[Said]) -> str:
    schema = fact.model_json_schema(by_alias=True)
    required = schema.get("required", [])
    shown = [
        f"`{name}{'' if name in required else '?'}` {_kind(member)}".strip()
        for name, member in schema.get("properties", {}).items()
    ]
    return ", ".join(shown)


def _kind(member: dict[str, Any]) -> str:
    """A member's type in a reader's word; text goes without saying."""
    if "anyOf" in member:
        return next(filter(None, map(_kind, member["anyOf"])), "")
    if "enum" in member:
        return "(" + " ".join(member["enum"]) + ")"
    if member.get("format") == "date-time":
        return "(instant)"
    return {"integer": "(number)", "boolean": "(yes or no)", "array": "(list)"}.get(
        member.get("type", ""), ""
    )


if __name__ == "__main__":
    for page, text in pages().items():
        page.write_text(text)
