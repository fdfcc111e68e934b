"""Run the tests with the coverage gate and say at the end how many were skipped.

`python -m ops.testing [PYTEST ARGUMENTS]`; with arguments the gate is off, since a part of the
tests covers a part of the code. In a whole run a few tests that need an unhurried machine are
asked again, alone, when they fail (see docs/adr/0025); `--twice` before the arguments does it too.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ops.home import CHECKOUT

COVERAGE_MIN = 80
PROCESSES = 3
ASKED_AGAIN_MAX = 5
NEED_TIME = tuple(
    f"tests/{part}/" for part in ("e2e", "web", "api", "ops", "daemon", "chaos", "paper_exchange")
)
"""Where tests speak to browsers, servers and processes beside others on the same two cores. What
computes (domain, simulation, architecture, schema) is asked once."""
TWICE = "--twice"
_SKIPPED = re.compile(r"(\d+) skipped")
_TOTALS = re.compile(
    r"^(?:=+ )?\d+ (?:passed|failed|errors?|skipped|deselected)\b.* in [\d.]+s\b.*$"
)
"""pytest's last line; it is framed by equals signs unless it was asked to be quiet."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run of pytest ended; `totals` is empty when it was cut off."""

    code: int
    totals: str
    failed: tuple[str, ...]


def main(arguments: list[str]) -> int:
    """Run pytest and return the exit code."""
    is_whole = not arguments
    is_asked_twice = is_whole or arguments[0] == TWICE
    chosen = _gate() if is_whole else arguments[1:] if is_asked_twice else arguments
    with tempfile.TemporaryDirectory(prefix="patriot-tests-") as folder:
        cache = Path(folder)
        first = _pytest(chosen, cache)
        if not first.totals:
            print(f"pytest ended with code {first.code} before it could sum up.")
            return first.code or 1
        code = first.code
        unsteady: tuple[str, ...] = ()
        if code == 1 and is_asked_twice and deserve_time(first.failed):
            code, unsteady = _ask_again(chosen, cache, first.failed)
    if is_whole and code == 0:
        code = _judge_coverage()
    skipped = _SKIPPED.search(first.totals)
    print(f"Skipped tests: {skipped.group(1) if skipped else 0}")
    for test in unsteady:
        print(f"Unsteady: {test} failed beside others and passed alone. Find out why.")
    print(first.totals)
    return code


def deserve_time(failed: tuple[str, ...]) -> bool:
    """Whether these failures, by node id, may come from a hurried machine alone."""
    return 0 < len(failed) <= ASKED_AGAIN_MAX and all(name.startswith(NEED_TIME) for name in failed)


def _ask_again(
    chosen: list[str], cache: Path, failed: tuple[str, ...]
) -> tuple[int, tuple[str, ...]]:
    print(f"Asking again, alone: {len(failed)} of the tests that need an unhurried machine.")
    alone = [argument for argument in chosen if argument not in _gate()]
    second = _pytest(["-q", "--last-failed", "--last-failed-no-failures=none", *alone], cache)
    if second.code != 0 or f"{len(failed)} passed" not in second.totals:
        return second.code or 1, ()
    return 0, failed


def _pytest(arguments: list[str], cache: Path) -> Outcome:
    command = [sys.executable, "-m", "pytest", "-o", f"cache_dir={cache}", *arguments]
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
    return Outcome(process.returncode, totals, _failed(cache))


def _failed(cache: Path) -> tuple[str, ...]:
    kept = cache / "v" / "cache" / "lastfailed"
    return tuple(sorted(json.loads(kept.read_text()))) if kept.exists() else ()


def _judge_coverage() -> int:
    """Print the share of the code that ran; the modules are listed by `coverage report`."""
    command = [sys.executable, "-m", "coverage", "report", "--format=total"]
    judged = subprocess.run(
        [*command, f"--fail-under={COVERAGE_MIN}"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    print(f"Coverage: {judged.stdout.strip()} % (at least {COVERAGE_MIN} %){judged.stderr}")
    return judged.returncode


def _gate() -> list[str]:
    gate = ["--cov", "--cov-report=", "-q"]
    return [*gate, f"--numprocesses={PROCESSES}", "--dist=loadscope", "--no-loadscope-reorder"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
