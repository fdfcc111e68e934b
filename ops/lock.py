"""Resolve the dependencies and lock them with the hashes of every file.

`python -m ops.lock` writes requirements.lock (everything, for a checkout) and the two locks that
the container images install: requirements.web.lock and requirements.daemon.lock. The daemon's
has no Reflex in it. requirements.clients.lock stands apart: the independent exchange clients of
the contract tests, in an environment of their own, resolved from requirements.clients.in.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from ops.home import CHECKOUT

PYTHON_OLDEST = "3.11"
WHOLE = "requirements.lock"
LOCKS = {
    WHOLE: ["pyproject.toml", "--all-extras"],
    "requirements.web.lock": ["pyproject.toml", "--extra", "web", "--constraints", WHOLE],
    "requirements.daemon.lock": ["pyproject.toml", "--extra", "daemon", "--constraints", WHOLE],
    "requirements.clients.lock": ["requirements.clients.in"],
}


def main() -> None:
    """Write all locks; those of the container images agree with the whole."""
    resolver = _resolver()
    for name, sources in LOCKS.items():
        command = [resolver, "pip", "compile", *sources]
        command += ["--python-version", PYTHON_OLDEST, "--generate-hashes", "--no-emit-index-url"]
        command += ["--no-annotate", "--custom-compile-command", "make lock", "-q", "-o", name]
        subprocess.run(command, cwd=CHECKOUT, check=True)
        print(f"{name}: {_count(CHECKOUT / name)} packages")


def _resolver() -> str:
    own = Path(sys.executable).with_name("uv")
    found = str(own) if own.exists() else shutil.which("uv")
    if found is None:
        sys.exit("make lock needs uv: .venv/bin/pip install uv")
    return found


def _count(lock: Path) -> int:
    return sum("==" in line for line in lock.read_text().splitlines())


if __name__ == "__main__":
    main()
