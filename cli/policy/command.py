"""`tocsin policy`: everything that the owner of a policy does with it."""

import typer

from cli.policy.check import check
from cli.policy.diff import diff
from cli.policy.publish import publish
from cli.policy.show import show
from cli.scenarios.command import command as test
from cli.scenarios.obligations import command as obligations

app = typer.Typer(no_args_is_help=True, help="Check, read, compare, test and publish policies.")
app.command()(check)
app.command()(show)
app.command()(diff)
app.command()(publish)
app.command("test")(test)
app.command("obligations")(obligations)


@app.callback()
def _policy() -> None:
    """The group itself does nothing."""
