"""The clock of a home directory: chosen at its first start and kept, since time there must not go back."""

from pathlib import Path

from shared.contracts.instant import parse, render
from shared.ops.clock import RealClock

REAL = "real"


class ClockChosen(ValueError):
    """The directory has another clock; the message says which, and what to do."""


def clock_setting(home: Path, *, speed: int | None, origin: str | None) -> str:
    """The TOCSIN_CLOCK of a home; empty is real time. `speed` and `origin` choose it at the first start.

    Raises:
        ClockChosen: the home lives by another clock.
        BadInstant: `origin` is no instant.
    """
    path = home / "clock"
    kept = path.read_text(encoding="utf-8").strip() if path.exists() else None
    if speed is None and origin is None:
        wanted = kept or REAL
    else:
        now = RealClock().now()
        wanted = f"{render(now if origin is None else parse(origin))}@{render(now)} x {speed or 1}"
        if kept is not None and _without_anchor(kept) != _without_anchor(wanted):
            raise ClockChosen(
                f"{home} lives by the clock {kept}: leave out --speed and --origin, or name another --home"
            )
        wanted = kept or wanted
    home.mkdir(parents=True, exist_ok=True)
    path.write_text(wanted + "\n", encoding="utf-8")
    return "" if wanted == REAL else wanted


def kept_clock(home: Path) -> str:
    """The clock that a home lives by; empty, real time, where none was chosen."""
    path = home / "clock"
    kept = path.read_text(encoding="utf-8").strip() if path.exists() else REAL
    return "" if kept == REAL else kept


def _without_anchor(setting: str) -> tuple[str, str]:
    return setting.partition("@")[0], setting.rpartition(" x ")[2]
