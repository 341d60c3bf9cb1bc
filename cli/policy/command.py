"""`tocsin policy`: everything that the owner of a policy does with it."""

import typer

from cli.policy.check import check

app = typer.Typer(no_args_is_help=True, help="Check, read, compare, test and publish policies.")
app.command()(check)


@app.callback()
def _policy() -> None:
    """The group itself does nothing."""
