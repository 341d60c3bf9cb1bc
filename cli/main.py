"""`tocsin`: the one command. Exit codes: 0 done, 1 differences or failure, 2 used wrongly."""

import typer

from cli.administration import keys, provision
from cli.audit.command import command as audit
from cli.calendar_update import app as calendar
from cli.dead_letters import app as dead_letters
from cli.explain import explain
from cli.imports.command import app as imports
from cli.policy.command import app as policy
from cli.replay.command import command as replay
from cli.simulation.command import command as simulate
from cli.up import up

app = typer.Typer(
    name="tocsin",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="Keeps every promise that a support contract makes on a clock.",
)
app.command()(up)
app.add_typer(imports, name="import")
app.add_typer(policy, name="policy")
app.add_typer(calendar, name="calendar")
app.command("simulate")(simulate)
app.command("replay")(replay)
app.command()(explain)
app.command("audit")(audit)
app.add_typer(dead_letters, name="dead-letters")
app.add_typer(keys, name="keys")
app.command()(provision)

if __name__ == "__main__":
    app()
