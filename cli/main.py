"""`tocsin`: the one command. Exit codes: 0 done, 1 differences or failure, 2 used wrongly."""

import typer

from cli.imports.command import app as imports

app = typer.Typer(
    name="tocsin",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="Keeps every promise that a support contract makes on a clock.",
)
app.add_typer(imports, name="import")
