"""Run the tests with the coverage gate and say at the end how many were skipped.

`python -m ops.testing [PYTEST ARGUMENTS]`; with arguments the gate is off, since a part of the
tests covers a part of the code.
"""

import os
import re
import subprocess
import sys

from ops.home import CHECKOUT

COVERAGE_MIN = 80
PROCESSES = 2
_SKIPPED = re.compile(r"(\d+) skipped")
_TOTALS = re.compile(
    r"^(?:=+ )?\d+ (?:passed|failed|errors?|skipped|deselected)\b.* in [\d.]+s\b.*$"
)
"""pytest's last line; it is framed by equals signs unless it was asked to be quiet."""


def main(arguments: list[str]) -> int:
    """Run pytest and return its exit code."""
    command = [sys.executable, "-m", "pytest", *(arguments or _gate())]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    totals = ""
    with subprocess.Popen(
        command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            if _TOTALS.match(line.strip()):
                totals = line.strip()
    if not totals:
        print(f"pytest ended with code {process.returncode} before it could sum up.")
        return process.returncode or 1
    skipped = _SKIPPED.search(totals)
    print(f"Skipped tests: {skipped.group(1) if skipped else 0}")
    print(totals)
    return process.returncode


def _gate() -> list[str]:
    gate = ["--cov", "--cov-report=term:skip-covered", f"--cov-fail-under={COVERAGE_MIN}", "-q"]
    return [*gate, f"--numprocesses={PROCESSES}", "--dist=loadscope", "--no-loadscope-reorder"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
