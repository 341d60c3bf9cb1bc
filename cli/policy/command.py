"""`tocsin policy`: everything that the owner of a policy does with it."""

import typer

app = typer.Typer(no_args_is_help=True, help="Check, read, compare, test and publish policies.")


@app.callback()
def _policy() -> None:
    """The group itself does nothing."""
