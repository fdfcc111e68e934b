"""Make a virtual environment with its locked dependencies; only when they have changed.

Runs on a bare Python 3.11+ before anything is installed, so it uses the standard library alone.
`python3 ops/bootstrap.py` from the checkout makes the product's own environment;
`python3 ops/bootstrap.py clients` makes the one of the independent exchange clients, which only
tests need and whose pins are their own.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PYTHON_MIN = (3, 11)
CANDIDATES = ("python3.11", "python3.12", "python3.13", "python3", "python3.14")
CHECKOUT = Path(__file__).resolve().parent.parent
LAUNCHER = """#!/bin/sh
cd "{checkout}" && exec "{python}" -m ops.cli "$@"
"""


@dataclass(frozen=True)
class Environment:
    """A virtual environment and the lock that says what is in it."""

    folder: Path
    lock: Path

    @property
    def python(self) -> Path:
        """Return its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> Path:
        """Return the file that keeps the digest of the lock that was installed."""
        return self.folder / "patriot-lock"

    def digest(self) -> str:
        """Return the digest of the lock file."""
        return hashlib.sha256(self.lock.read_bytes()).hexdigest()

    def is_installed(self) -> bool:
        """Tell whether the environment holds exactly this lock."""
        return self.stamp.exists() and self.stamp.read_text() == self.digest()


PRODUCT = Environment(CHECKOUT / ".venv", CHECKOUT / "requirements.lock")
CLIENTS = Environment(CHECKOUT / ".venv-clients", CHECKOUT / "requirements.clients.lock")


def main(arguments: "list[str]") -> None:
    """Bring an environment up to date, printing each step with its duration."""
    if arguments == ["clients"]:
        bring_up(CLIENTS, "Independent clients")
        return
    if arguments:
        fail(f"Unknown environment: {' '.join(arguments)} (known: clients)")
    bring_up(PRODUCT, "Locked dependencies")
    launcher = PRODUCT.folder / "bin" / "patriot"
    launcher.write_text(LAUNCHER.format(checkout=CHECKOUT, python=PRODUCT.python))
    launcher.chmod(0o755)


def bring_up(environment: Environment, contents: str) -> None:
    """Make an environment where there is none, and install its lock where that has changed."""
    if not works(environment.python):
        with_duration("Virtual environment", lambda: make_environment(environment))
    if not environment.is_installed():
        with_duration(contents, lambda: install(environment))
        environment.stamp.write_text(environment.digest())


def works(python: Path) -> bool:
    """Tell whether an interpreter is there, new enough, and has pip."""
    probe = f"import sys, pip; sys.exit(sys.version_info < {PYTHON_MIN})"
    try:
        return (
            subprocess.run([str(python), "-c", probe], capture_output=True, check=False).returncode
            == 0
        )
    except OSError:
        return False


def find_python() -> str:
    """Return an interpreter that is new enough."""
    for name in CANDIDATES:
        found = shutil.which(name)
        if found and new_enough(found):
            return found
    raise SystemExit(f"PATRIOT needs Python 3.11 or newer; none of {CANDIDATES} is.")


def new_enough(python: str) -> bool:
    """Tell whether an interpreter is at least the oldest that we support."""
    probe = f"import sys; sys.exit(sys.version_info < {PYTHON_MIN})"
    return subprocess.run([python, "-c", probe], capture_output=True, check=False).returncode == 0


def make_environment(environment: Environment) -> None:
    """Make a virtual environment anew."""
    shutil.rmtree(environment.folder, ignore_errors=True)
    made = run([find_python(), "-m", "venv", str(environment.folder)])
    if made.returncode != 0:
        fail("python -m venv failed; on Debian and Ubuntu install python3-venv.\n" + made.stdout)


def install(environment: Environment) -> None:
    """Install exactly what the lock names, each file checked against its hash."""
    environment.stamp.unlink(missing_ok=True)
    command = [str(environment.python), "-m", "pip", "install", "--quiet"]
    command += ["--disable-pip-version-check", "--no-deps", "--require-hashes"]
    installed = run([*command, "-r", str(environment.lock)])
    if installed.returncode != 0:
        fail("The dependencies did not install:\n" + installed.stdout[-4000:])


def run(command: "list[str]") -> "subprocess.CompletedProcess[str]":
    """Run a command and keep what it says."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    return subprocess.run(
        command,
        cwd=CHECKOUT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def with_duration(name: str, step: "Callable[[], None]") -> None:
    """Run a step and print how long it took."""
    begun_at = time.monotonic()
    step()
    sys.stdout.write(f"  ok {name:<46} {time.monotonic() - begun_at:6.1f} s\n")
    sys.stdout.flush()


def fail(text: str) -> None:
    """Say what stands in the way and stop."""
    sys.exit(f"\n  {text}")


if __name__ == "__main__":
    main(sys.argv[1:])
