"""How a command ends when it cannot do what it was asked: one clear line and an exit code."""

from typing import NoReturn

import typer
from rich.console import Console

DIFFERS = 1
USAGE = 2


def fail(message: str, code: int = USAGE) -> NoReturn:
    """End the command: `message` says what was wrong, where, and what to do."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"tocsin: {message}", markup=False)
    raise typer.Exit(code)
