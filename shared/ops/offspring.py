"""Child processes that end with their parent and, where asked, run as somebody else.

A child is started through this very file, as a script: it drops its privileges, asks the kernel for a signal
at the death of its parent (Linux; the wish is forgotten at a change of user, hence this order), and becomes
the program. Nothing runs between fork and exec in the parent, so it is safe with threads and event loops.

The kernel's promise is tied to the thread that starts the child: start children from the main thread.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_PR_SET_PDEATHSIG = 1


class User(NamedTuple):
    """Somebody to run as."""

    uid: int
    gid: int


def command(argv: Sequence[str], *, at_parents_death: signal.Signals, user: User | None = None) -> list[str]:
    """The command line that runs `argv` under the rules above; the process keeps its pid."""
    identity = f"{user.uid}:{user.gid}" if user else "-"
    own = [sys.executable, "-I", "-S", str(Path(__file__).absolute())]
    return [*own, str(os.getpid()), str(int(at_parents_death)), identity, *argv]


def become(parent: int, at_parents_death: int, identity: str, argv: list[str]) -> None:
    """Turn this process into `argv`; does not return."""
    if identity != "-":
        uid, gid = map(int, identity.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, at_parents_death)
    if os.getppid() != parent:  # it died before the kernel could note the wish
        sys.exit(1)
    os.execvp(argv[0], argv)  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    become(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
