"""Run worlds: `python -m tests.simulation run --seeds 5000`, `replay 123`, `mutants`.

Every seed that violates anything is printed with the commit; the same seed on the same commit is
the same world, to the last step.
"""

import argparse
import json
import logging
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack

from tests.database import Server, database, running_server
from tests.simulation.chance import Chance
from tests.simulation.laboratory import Laboratory, Result
from tests.simulation.mutants.hunt import MUTANTS, Verdict, hunt
from tests.simulation.report import Report

PROCESSES = 2
CHUNK = 10
HASH_SEED = "0"

_laboratory: Laboratory | None = None
_stack = ExitStack()


def main(arguments: list[str]) -> int:
    """Do what is asked; return the exit code."""
    if os.environ.get("PYTHONHASHSEED") != HASH_SEED:
        # The order of sets of text follows it: a seed must be the same world in every process.
        os.environ["PYTHONHASHSEED"] = HASH_SEED
        os.execv(sys.executable, [sys.executable, "-m", "tests.simulation", *arguments])  # noqa: S606
    logging.disable(logging.CRITICAL)
    parser = argparse.ArgumentParser(prog="simulate")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run many seeds and report")
    run.add_argument("--seeds", type=int, default=5000)
    run.add_argument("--start", type=int, default=0)
    run.add_argument("--minutes", type=float, default=0.0, help="stop after so long; 0: never")
    run.add_argument("--json", default="", help="write the report's figures to this file")
    replay = commands.add_parser("replay", help="run one seed and show what happened")
    replay.add_argument("seed", type=int)
    replay.add_argument("--shrink", action="store_true", help="find the faults that are needed")
    mutants = commands.add_parser("mutants", help="see that every deliberate bug is caught")
    mutants.add_argument("--only", default="", help="names, with commas between them")
    mutants.add_argument("--cap", type=int, default=400, help="seeds to try before giving up")
    chosen = parser.parse_args(arguments)
    with running_server(in_memory=True) as server:
        if chosen.command == "run":
            return _run(server, chosen.start, chosen.seeds, chosen.minutes, chosen.json)
        if chosen.command == "replay":
            return _replay(server, chosen.seed, shrink=chosen.shrink)
        return _mutants(server, chosen.only, chosen.cap)


def _run(server: Server, start: int, count: int, minutes: float, json_file: str) -> int:
    began = time.monotonic()
    report = Report(commit=commit())
    chunks = [
        range(at, min(at + CHUNK, start + count)) for at in range(start, start + count, CHUNK)
    ]
    with ProcessPoolExecutor(PROCESSES, initializer=_begin, initargs=(server,)) as pool:
        for results in pool.map(_run_chunk, chunks):
            for result in results:
                report.add(result)
                if result.violations:
                    print(f"seed {result.seed} at {report.commit}: {result.violations}", flush=True)
            if minutes and time.monotonic() - began > minutes * 60:
                pool.shutdown(cancel_futures=True)
                break
    report.seconds = time.monotonic() - began
    print(report.text())
    if report.seeds < count:
        print(f"time was up after {report.seeds} of {count} worlds")
    for seed in report.failed:
        print(f"at {report.commit}: make simulate SEED={seed}")
    shortcomings = report.shortcomings()
    for what in shortcomings:
        print(f"not shown: {what}")
    if json_file:
        with open(json_file, "w") as file:
            json.dump(report.figures(), file, indent=1)
    return 1 if report.failed or shortcomings else 0


def _replay(server: Server, seed: int, *, shrink: bool) -> int:
    with database(server) as name:
        laboratory = Laboratory(server, name)
        result = laboratory.run(seed)
        again = laboratory.run(seed)
        print(f"seed {seed} at {commit()}: digest {result.digest}")
        assert again.digest == result.digest, "the replay went another way"
        for violation in result.violations:
            print(f"  {violation}")
        print(f"  faults: {dict(result.faults.most_common())}")
        print(f"  crashed at: {dict(result.crashed_at)}")
        if shrink and result.violations:
            print(f"  needed: {_shrink(laboratory, seed, result)}")
        laboratory.close()
    return 1 if result.violations else 0


def _shrink(laboratory: Laboratory, seed: int, result: Result) -> list[str]:
    """Leave out one kind of fault after the other while the seed still fails."""
    never: frozenset[str] = frozenset()
    for fault in result.faults:
        without = never | {fault}
        if laboratory.run(seed, chance=Chance(seed, never=without)).violations:
            never = without
    return sorted(set(result.faults) - never)


def _mutants(server: Server, only: str, cap: int) -> int:
    names = [name for name in MUTANTS if not only or name in only.split(",")]
    with ProcessPoolExecutor(PROCESSES, initializer=_begin, initargs=(server,)) as pool:
        hunts = [pool.submit(_hunt, name, cap=cap) for name in names]
        missed = 0
        for done in as_completed(hunts):
            verdict = done.result()
            print(verdict.text(), flush=True)
            missed += verdict.seed is None
    print(f"{len(names) - missed} of {len(names)} mutants caught")
    return 1 if missed else 0


def _begin(server: Server) -> None:
    """Give a worker process its own database."""
    global _laboratory
    logging.disable(logging.CRITICAL)
    name = _stack.enter_context(database(server))
    _laboratory = Laboratory(server, name)


def _run_chunk(seeds: range) -> list[Result]:
    assert _laboratory is not None
    return [_laboratory.run(seed) for seed in seeds]


def _hunt(name: str, *, cap: int) -> Verdict:
    assert _laboratory is not None
    return hunt(_laboratory, name, cap=cap)


def commit() -> str:
    """Return the commit that runs, "" outside of a repository."""
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
