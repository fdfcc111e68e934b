"""Make the virtual environment with the locked dependencies; only when they have changed.

Runs on a bare Python 3.11+ before anything is installed, so it uses the standard library alone.
`python3 ops/bootstrap.py` from the checkout.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PYTHON_MIN = (3, 11)
CANDIDATES = ("python3.11", "python3.12", "python3.13", "python3", "python3.14")
CHECKOUT = Path(__file__).resolve().parent.parent
ENVIRONMENT = CHECKOUT / ".venv"
LOCK = CHECKOUT / "requirements.lock"
STAMP = ENVIRONMENT / "patriot-lock"
LAUNCHER = """#!/bin/sh
cd "{checkout}" && exec "{python}" -m ops.cli "$@"
"""


def main() -> None:
    """Bring the environment up to date, printing each step with its duration."""
    python = ENVIRONMENT / "bin" / "python"
    if not works(python):
        with_duration("Virtual environment", make_environment)
    if not is_installed():
        with_duration("Locked dependencies", install)
        STAMP.write_text(digest())
    launcher = ENVIRONMENT / "bin" / "patriot"
    launcher.write_text(LAUNCHER.format(checkout=CHECKOUT, python=python))
    launcher.chmod(0o755)


def digest() -> str:
    """Return the digest of the lock file."""
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def is_installed() -> bool:
    """Tell whether the environment holds exactly this lock."""
    return STAMP.exists() and STAMP.read_text() == digest()


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


def make_environment() -> None:
    """Make the virtual environment anew."""
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    made = run([find_python(), "-m", "venv", str(ENVIRONMENT)])
    if made.returncode != 0:
        fail("python -m venv failed; on Debian and Ubuntu install python3-venv.\n" + made.stdout)


def install() -> None:
    """Install exactly what the lock names, each file checked against its hash."""
    STAMP.unlink(missing_ok=True)
    command = [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    command += ["--disable-pip-version-check", "--no-deps", "--require-hashes", "-r", str(LOCK)]
    installed = run(command)
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
    main()
