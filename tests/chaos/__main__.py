"""python -m tests.chaos run|mutants: real processes in trouble, compared with the exchange's truth."""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from tests.chaos.floor import floor
from tests.chaos.play import play
from tests.chaos.report import Outcome, render
from tests.chaos.rounds import ROUNDS

ACCOUNTS = 100
MUTANT_ACCOUNTS = 30
CAUGHT_IN = {
    "post_again_on_silence": ("silence", "times"),
    "silence_is_failure": ("silence", "in the books"),
    "no_stop": ("silence", "without a stop"),
}
"""Deliberate bugs, each with the round that must catch it and a word of the reason."""


def main() -> int:
    """Return 0 if nothing was violated, or every mutant caught."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run")
    run.add_argument("--seed", type=int, default=int(time.time()))
    run.add_argument("--accounts", type=int, default=ACCOUNTS)
    run.add_argument("--minutes", type=float, default=0, help="begin no round after them")
    run.add_argument("--rounds", default="", help=f"of {', '.join(ROUNDS)}")
    run.add_argument("--logs", type=Path, help="keep the processes' logs there")
    mutants = commands.add_parser("mutants")
    mutants.add_argument("--seed", type=int, default=1)
    mutants.add_argument("--only", default="")
    chosen = parser.parse_args()
    if chosen.command == "mutants":
        return asyncio.run(_mutants(chosen.seed, chosen.only.split(",") if chosen.only else []))
    return asyncio.run(_run(chosen))


async def _run(chosen: argparse.Namespace) -> int:
    chance = Random(chosen.seed)
    names = chosen.rounds.split(",") if chosen.rounds else chance.sample(list(ROUNDS), len(ROUNDS))
    print(f"seed {chosen.seed}, {chosen.accounts} accounts: {', '.join(names)}", flush=True)
    began = time.monotonic()
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="patriot-chaos-") as folder:
        async with floor(Path(folder), accounts=chosen.accounts, chance=chance) as made:
            try:
                for name in names:
                    if chosen.minutes and time.monotonic() - began > chosen.minutes * 60:
                        break
                    outcomes.append(await play(made, name, ROUNDS[name]))
                    _tell(outcomes[-1])
                    if outcomes[-1].violations:
                        break  # what follows would only show the same again
            finally:
                _keep_logs(made.desk.folder, chosen.logs)
    print(f"\n{render(outcomes)}")
    unplayed = names[len(outcomes) :]
    print(f"not played: {', '.join(unplayed)}" if unplayed else "every round was played")
    print(f"seed {chosen.seed}, {time.monotonic() - began:.0f} s")
    return 1 if any(one.violations for one in outcomes) else 0


async def _mutants(seed: int, only: list[str]) -> int:
    missed = 0
    for mutant, (name, word) in CAUGHT_IN.items():
        if only and mutant not in only:
            continue
        with tempfile.TemporaryDirectory(prefix="patriot-chaos-") as folder:
            async with floor(
                Path(folder), accounts=MUTANT_ACCOUNTS, chance=Random(seed), mutants=(mutant,)
            ) as made:
                outcome = await play(made, name, ROUNDS[name])
        caught = next((one[:200] for one in outcome.violations if word in one), "")
        print(f"{'caught' if caught else 'MISSED'} {mutant} by {name}: {caught}", flush=True)
        missed += not caught
    return 1 if missed else 0


def _tell(outcome: Outcome) -> None:
    print(
        f"{outcome.name}: {outcome.orders} orders, {outcome.fills} fills, {outcome.seconds:.0f} s,"
        f" take-over {[round(each, 1) for each in outcome.take_overs]},"
        f" bare {outcome.bare_s:.1f} s ({outcome.naked_s:.1f} s) {outcome.violations or 'ok'}",
        flush=True,
    )


def _keep_logs(folder: Path, target: Path | None) -> None:
    if target is None:
        return
    target.mkdir(parents=True, exist_ok=True)
    for log in folder.glob("*.log"):
        (target / log.name).write_bytes(log.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
