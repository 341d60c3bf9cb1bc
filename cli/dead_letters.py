"""`tocsin dead-letters`: facts that a service could not decide on, and what is to become of them."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.administration import ask
from cli.errors import DIFFERS, fail
from cli.provisioning import SERVICES
from shared.contracts.instant import render
from shared.stream.dead_letters import letters_of, open_letters, wish

app = typer.Typer(no_args_is_help=True, help="Facts that a service could not decide on.")
Answer = TypeVar("Answer")
Service = Annotated[str, typer.Argument(help=", ".join(SERVICES))]
Key = Annotated[str, typer.Argument(help="The case as the list shows it: tenant/case.")]


def _ask(service: str, question: Callable[..., Awaitable[Answer]]) -> Answer:
    if service not in SERVICES:
        fail(f"there is no service {service!r}: it is one of {', '.join(SERVICES)}")

    async def put(engine: Any) -> Answer:
        async with engine.begin() as connection:
            return await question(connection)

    return ask(put, schema=service)


@app.command("list")
def list_() -> None:
    """All open dead letters, the oldest first in each service."""
    table = Table("Service", "Case", "Topic", "At", "Waiting behind", "Wish", "Reason", box=None)
    for service in SERVICES:
        for letter in _ask(service, open_letters):
            reason = letter.reason.strip().rpartition("\n")[2]
            cells = (service, letter.key, letter.topic or "time", render(letter.at), str(letter.behind))
            table.add_row(*map(escape, (*cells, letter.wish or "", reason)))
    Console().print(table if table.rows else "no dead letters")


@app.command()
def show(service: Service, key: Key) -> None:
    """One case's dead letter with its trace, and what waits behind it."""
    console = Console(highlight=False, markup=False)
    letters = _ask(service, lambda connection: letters_of(connection, key))
    if not letters:
        fail(f"{service} has no dead letter of {key!r}", DIFFERS)
    for letter in letters:
        console.print(f"{letter.record.topic or 'time'} {letter.record.offset}, at {render(letter.at)}")
        for name, value in letter.record.headers:
            console.print(f"  {name}: {value.decode(errors='replace')}")
        console.print(f"  {letter.record.value.decode(errors='replace')}")
        console.print(letter.reason or "  waits behind it")


@app.command()
def replay(service: Service, key: Key) -> None:
    """Try again, in order, what lies and waits there."""
    _wish(service, key, "replay")


@app.command()
def discard(service: Service, key: Key) -> None:
    """Pass over the dead letter, then go on with what waits behind it."""
    _wish(service, key, "discard")


def _wish(service: str, key: str, wanted: str) -> None:
    if not _ask(service, lambda connection: wish(connection, key, wanted)):
        fail(f"{service} has no dead letter of {key!r}", DIFFERS)
    typer.echo(f"{service}: {wanted} of {key} is asked for; the running service does it within seconds")
