"""A daemon with a fate: python -m tests.chaos.child --role trader [--point NAME ...]"""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

from daemon.__main__ import main as run_daemon
from tests.chaos import crash_points
from tests.chaos.points import POINTS, arm
from tests.simulation.mutants.edits import mutated
from tests.simulation.mutants.hunt import MUTANTS


def main() -> int:
    """Prepare the fate, then run the product's own daemon."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--point", choices=sorted(POINTS))
    parser.add_argument("--at", help="a transaction or write, as `resolver._absent.after`")
    parser.add_argument("--note", type=Path, help="write down there what is passed")
    parser.add_argument("--call", type=int, default=1)
    parser.add_argument("--mutant", choices=sorted(MUTANTS), action="append", default=[])
    parser.add_argument("--role", default="trader")
    chosen = parser.parse_args()
    sys.argv = ["daemon", "--role", chosen.role]
    with ExitStack() as stack:
        for name in chosen.mutant:
            stack.enter_context(mutated(MUTANTS[name]))
        if chosen.point:
            arm(POINTS[chosen.point], call=chosen.call)
        if chosen.at:
            crash_points.watch(crash_points.die_at(chosen.at, call=chosen.call))
        elif chosen.note:
            crash_points.watch(crash_points.note_in(chosen.note))
        return run_daemon()


if __name__ == "__main__":
    sys.exit(main())
