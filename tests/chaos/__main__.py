"""python -m tests.chaos run|short|sweep|mutants: real processes in trouble against the exchange's truth."""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

from tests.chaos.floor import PRODUCTION, Floor, floor
from tests.chaos.play import play
from tests.chaos.report import Outcome, late_take_overs, render
from tests.chaos.rounds import ROUNDS, SHORT, Round
from tests.chaos.sweep import note, played, round_at, tellable_places
from tests.daemon.real_desk import ADDRESSES, QUICK

ACCOUNTS = 100
FEW_ACCOUNTS = 20
MUTANT_ACCOUNTS = 30
SHORT_SEED = 1
SHORT_MUTANT = "post_again_on_silence"
CAUGHT_IN = {
    "post_again_on_silence": ("silence", "times"),
    "silence_is_failure": ("silence", "in the books"),
    "no_stop": ("silence", "without a stop"),
}
"""Deliberate bugs, each with the round that must catch it and a word of the reason."""


def main() -> int:
    """Return 0 if nothing was violated, and every mutant that was played was caught."""
    with suppress(asyncio.CancelledError):
        return asyncio.run(until_ended(_chosen(_arguments())))
    return 128 + signal.SIGTERM


def _chosen(chosen: argparse.Namespace) -> Coroutine[Any, Any, int]:
    if chosen.command == "mutants":
        return _mutants(chosen.seed, chosen.only.split(",") if chosen.only else [])
    if chosen.command == "sweep":
        places = chosen.places.split(",") if chosen.places else tellable_places()
        left = [place for place in places if place not in played(chosen.done)]
        return _run(chosen, {place: round_at(place) for place in left})
    if chosen.command == "short":
        return _run(chosen, {name: ROUNDS[name] for name in SHORT}, SHORT_MUTANT)
    named = chosen.rounds.split(",") if chosen.rounds else list(ROUNDS)
    return _run(chosen, {name: ROUNDS[name] for name in named})


async def until_ended(work: Coroutine[Any, Any, int]) -> int:
    """Let SIGTERM end the work as an error would: with every process and folder of it."""
    mine = asyncio.current_task()
    assert mine is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, mine.cancel)
    return await work


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="every kind of trouble, one after the other")
    run.add_argument("--rounds", default="", help=f"of {', '.join(ROUNDS)}")
    short = commands.add_parser("short", help="few rounds and one deliberate bug, for every change")
    sweep = commands.add_parser("sweep", help="die after every transaction and write")
    sweep.add_argument("--places", default="", help="as `resolver._absent.after`")
    sweep.add_argument("--done", type=Path, help="note outcomes there, leave out what it has")
    for command, accounts, seed in (
        (run, ACCOUNTS, int(time.time())),
        (short, FEW_ACCOUNTS, SHORT_SEED),
        (sweep, FEW_ACCOUNTS, int(time.time())),
    ):
        command.add_argument("--seed", type=int, default=seed)
        command.add_argument("--accounts", type=int, default=accounts)
        command.add_argument("--addresses", type=int, default=ADDRESSES, help="accounts leave from")
        command.add_argument("--minutes", type=float, default=0, help="begin no round after them")
        command.add_argument("--logs", type=Path, help="keep the processes' logs there")
        command.add_argument(
            "--quick", action="store_true", default=command is short, help="leases of seconds"
        )
    for command in (run, short):
        command.set_defaults(done=None)
    mutants = commands.add_parser("mutants", help="see that deliberate bugs are caught")
    mutants.add_argument("--seed", type=int, default=1)
    mutants.add_argument("--only", default="")
    return parser.parse_args()


async def _run(chosen: argparse.Namespace, rounds: Mapping[str, Round], mutant: str = "") -> int:
    chance = Random(chosen.seed)
    names = chance.sample(list(rounds), len(rounds))
    print(f"seed {chosen.seed}, {chosen.accounts} accounts: {', '.join(names)}", flush=True)
    began = time.monotonic()
    ends_at = began + chosen.minutes * 60 if chosen.minutes else float("inf")
    timing = QUICK if chosen.quick else PRODUCTION
    is_missed = False
    with tempfile.TemporaryDirectory(prefix="patriot-chaos-") as folder:
        async with floor(
            Path(folder),
            accounts=chosen.accounts,
            chance=chance,
            timing=timing,
            addresses=chosen.addresses,
        ) as made:
            try:
                ordered = {name: rounds[name] for name in names}
                outcomes = await _play_all(made, ordered, ends_at, note_in=chosen.done)
                if mutant and not _is_wrong(outcomes):
                    await made.become((mutant,))
                    is_missed = not await _is_caught(made, mutant)
            finally:
                _keep_logs(made.desk.folder, chosen.logs)
    print(f"\n{render(outcomes)}")
    unplayed = names[len(outcomes) :]
    print(f"not played: {', '.join(unplayed)}" if unplayed else "every round was played")
    print(f"seed {chosen.seed}, {time.monotonic() - began:.0f} s")
    return 1 if is_missed or _is_wrong(outcomes) else 0


async def _play_all(
    made: Floor, rounds: Mapping[str, Round], ends_at: float, *, note_in: Path | None
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for name, chosen in rounds.items():
        if time.monotonic() > ends_at:
            break
        outcomes.append(await play(made, name, chosen))
        _tell(outcomes[-1])
        if note_in is not None:
            note(note_in, outcomes[-1])
        if outcomes[-1].violations:
            break  # what follows would only show the same again
    return outcomes


def _is_wrong(outcomes: list[Outcome]) -> bool:
    return bool(late_take_overs(outcomes)) or any(one.violations for one in outcomes)


async def _mutants(seed: int, only: list[str]) -> int:
    missed = 0
    for mutant in CAUGHT_IN:
        if only and mutant not in only:
            continue
        with tempfile.TemporaryDirectory(prefix="patriot-chaos-") as folder:
            async with floor(
                Path(folder), accounts=MUTANT_ACCOUNTS, chance=Random(seed), mutants=(mutant,)
            ) as made:
                missed += not await _is_caught(made, mutant)
    return 1 if missed else 0


async def _is_caught(made: Floor, mutant: str) -> bool:
    """Play the round that must show a deliberate bug."""
    name, word = CAUGHT_IN[mutant]
    outcome = await play(made, name, ROUNDS[name])
    caught = next((one[:200] for one in outcome.violations if word in one), "")
    print(f"{'caught' if caught else 'MISSED'} {mutant} by {name}: {caught}", flush=True)
    return bool(caught)


def _tell(outcome: Outcome) -> None:
    print(
        f"{outcome.name}: {outcome.orders} orders, {outcome.fills} fills, {outcome.seconds:.0f} s,"
        f" take-over {[round(each, 1) for each in outcome.take_overs]},"
        f" bare {outcome.bare_s:.1f} s ({outcome.naked_s:.1f} s), slower {outcome.slowness:.1f}"
        f" {outcome.violations or 'ok'}",
        flush=True,
    )


def _keep_logs(folder: Path, target: Path | None) -> None:
    if target is None:
        return
    target.mkdir(parents=True, exist_ok=True)
    for log in (*folder.glob("*.log"), *folder.glob("passed.txt")):
        (target / log.name).write_bytes(log.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
