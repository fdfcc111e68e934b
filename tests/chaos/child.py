"""A daemon with a fate: python -m tests.chaos.child [--point NAME --call N] [--mutant NAME] --role trader"""

import argparse
import sys
from contextlib import ExitStack

from daemon.__main__ import main as run_daemon
from tests.chaos.points import POINTS, arm
from tests.simulation.mutants import MUTANTS, mutated


def main() -> int:
    """Prepare the fate, then run the product's own daemon."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--point", choices=sorted(POINTS))
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
        return run_daemon()


if __name__ == "__main__":
    sys.exit(main())
