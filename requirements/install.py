"""Makes .venv from the hashed locks: `python3 requirements/install.py run|dev`. Instant when it is made.

Needs Python 3.11 with its venv module and nothing else, and says so on any older Python 3.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
MARK = VENV / "made-of"


def main(lock: str) -> None:
    made = MARK.read_text().split("\n") if MARK.exists() else []
    if PYTHON.exists() and (ingredients(lock) in made or ingredients("dev") in made):
        return  # dev holds all of run
    refuse_what_cannot_work()
    print(f"Making .venv from requirements/{lock}.txt (once; a minute or two) ...", flush=True)
    if not works():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
        made = []
    pip_install("--require-hashes", "-r", str(ROOT / "requirements" / f"{lock}.txt"))
    pip_install("--no-deps", "--no-build-isolation", "-e", str(ROOT))
    MARK.write_text("\n".join([ingredients(lock), *(other for other in made if not other.startswith(lock))]))


def ingredients(lock: str) -> str:
    """What an environment of this lock is made of; its place counts, for a moved one is broken."""
    project = (ROOT / "pyproject.toml").read_text().partition("[tool.ruff]")[0]  # what follows is for linters
    locked = (ROOT / "requirements" / f"{lock}.txt").read_text()
    digest = hashlib.sha256(f"{ROOT}\n{project}\n{locked}".encode())
    return f"{lock} {digest.hexdigest()}"


def refuse_what_cannot_work() -> None:
    if sys.version_info < (3, 11):
        version = sys.version.split()[0]
        sys.exit(
            f"Tocsin needs Python 3.11 or newer, and {sys.executable} is {version}. "
            "Install a newer one and name it, for example: make run PYTHON=python3.12"
        )
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian leaves these two out
        import venv  # noqa: F401, PLC0415
    except ImportError:
        sys.exit(f"{sys.executable} lacks its venv module. On Debian and Ubuntu: apt install python3-venv")


def works() -> bool:
    """Whether the environment that is there can be built upon."""
    asked = [str(PYTHON), "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))"]
    return PYTHON.exists() and subprocess.run(asked, stderr=subprocess.DEVNULL, check=False).returncode == 0


def pip_install(*arguments: str) -> None:
    """Run pip, showing one line that counts; if it fails, all that it said."""
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *arguments]
    said, packages, doing, show = [], 0, "", sys.stdout.isatty()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout or ():
            said.append(line)
            packages += line.startswith("Collecting ")
            if line.startswith("Collecting "):
                doing = line.split()[1]
            elif line.startswith("Installing "):
                doing = "putting them in place"
            if show:
                print(f"\r  {packages:3} packages  {doing:60.60}", end="", flush=True)
    if show:
        print(f"\r{'':75}\r", end="")
    if pip.returncode != 0:
        sys.exit("".join(said) + "\nThe locked requirements could not be installed; pip's words stand above.")


if __name__ == "__main__":
    main(sys.argv[1])
