"""One round for every place at which a daemon may die: each transaction and each write.

A function that is new has its round by itself: it dies while a signal is worked off. Only what
needs more than that to come about is named here.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.errors import Refused
from patriot_app.core.services import desk_orders
from patriot_app.core.unit_of_work import UnitOfWork, begin
from tests.chaos.crash_points import transactions
from tests.chaos.floor import START_S, SYMBOL, Floor
from tests.chaos.looking import until_seen
from tests.chaos.report import Outcome
from tests.chaos.rounds import Round, calm, requests_lost
from tests.daemon.real_desk import Daemon
from tests.simulation.requests import WRITES

SIDES = ("before", "after")
AFTER_SILENCE = frozenset(
    {
        "resolver._absent",
        "resolver._is_traded_by_nobody",
        "submitter._explain",
    }
)
AFTER_A_TAKE_OVER = frozenset(
    {
        "recovery._recover",
        "recovery._settle_attempts",
        "recovery.run",
        "lease._wait_for_the_predecessor",
    }
)
WHILE_CLOSING = frozenset({"cancels._mark", "cancel_stop", "attached_stops.look"})
BY_AN_OPERATOR = frozenset(
    {
        "account_sync._read",
        "account_sync._read_all_trades",
        "account_sync.run",
        "exits.close_position",
        "exits.flatten_account",
    }
)
AT_ITS_END = frozenset({"beat.leave", "lease._release"})
NOT_HERE: Mapping[str, str] = {
    "rests": "amend. amendments._ amendments.amend amendments.resolve_open cancel. entries._withdraw"
    " entries.cancel_scope entries.supersede entries.withdraw_ exits.cancel_attempt levels."
    " exit_plans.follow leg_orders. replacements. slices.cancel",
    "a maintenance": "maintenance_exits. watch_maintenance._withdraw",
    "a halt, or a kill file": "clearance._ clearance.clear obey_kill_file.",
    "a database that was set back": "cold.enter cold.look_up_first",
    "a person's decision, or somebody else's order": "settlement. reconciliation. retries."
    " reading._note_orphans",
    "a stop that nobody takes, or that is gone": "emergency. exits.leave_position"
    " stop_audit._lost_attached attached_stops.withdraw",
    "an order of which nobody knows for ten minutes": "resolver._quarantine"
    " resolver._expire_unseen",
    "a key that is changed or does not open": "keys. key_life.",
    "an hour, a day, a strategy, or a message": "apply_retention. ask_for_payment. check_invariants."
    " compliance. months. notifier. rebuilding. remind_of_keys. report_compliance. run_strategies."
    " seal_record. sum_days. sync_accounts._read watch_database. submitter._void"
    " resolver._settle_created",
}
"""What a function waits for that no round brings about for sure; prefixes of names.

What else there is, every round passes: `passed.txt` of a run with `--logs` lists the places.
"""


def places() -> list[str]:
    """Return every place, in order."""
    return [f"{name}.{side}" for name in sorted(transactions() | WRITES) for side in SIDES]


def tellable_places() -> list[str]:
    """Return the places that differ by what was done last and that a round brings about.

    Before a transaction the last thing done is what the one before it committed.
    """
    return [
        place
        for place in places()
        if is_met_here(place) and (place.endswith(".after") or place.partition(".")[0] in WRITES)
    ]


def is_met_here(place: str) -> bool:
    """Tell whether a round brings a place about; the simulation and tests of their own do the rest."""
    return not any(
        place.startswith(prefix) for prefixes in NOT_HERE.values() for prefix in prefixes.split()
    )


def round_at(place: str) -> Round:
    """Return the round in which a daemon dies at a place."""
    name = place.rpartition(".")[0]

    async def arm(floor: Floor) -> None:
        if len(floor.daemons) > 1:
            await floor.daemons[-1].stop()
        armed = await floor.start("--at", place)
        await _has_its_part(floor, armed)

    async def prepare(floor: Floor) -> None:
        await arm(floor)
        if name in AFTER_SILENCE:
            await requests_lost(floor)

    async def die(floor: Floor) -> None:
        armed = floor.desk.daemons[-1]
        await _provoke(floor, name, armed)
        async with asyncio.timeout(START_S):
            await armed.child.wait()
        since = time.monotonic()
        await floor.desk.control("DELETE", "/faults")
        await calm(floor, since=since)

    action = SignalAction.CLOSE if name in WHILE_CLOSING else SignalAction.OPEN_LONG
    return Round(f"killed at {place}", die, prepare, action)


def played(file: Path | None) -> frozenset[str]:
    """Return the places that earlier runs noted; strike a line to have it played again."""
    if file is None or not file.exists():
        return frozenset()
    return frozenset(line.split()[0] for line in file.read_text().splitlines() if line)


def note(file: Path, outcome: Outcome) -> None:
    """Write down what became of a place, so that a later run goes on after it."""
    with file.open("a") as out:
        out.write(f"{outcome.name} {'failed' if outcome.violations else 'ok'}\n")


async def _has_its_part(floor: Floor, armed: Daemon) -> None:
    """Wait until the shards are shared, or until it has died already."""

    async def has() -> bool:
        return armed.child.returncode is not None or await floor.is_shared()

    await until_seen(has, seconds=START_S)


async def _provoke(floor: Floor, name: str, armed: Daemon) -> None:
    """Do what leads to the place, beside the signal."""
    if armed.child.returncode is not None:
        return
    if name in AFTER_A_TAKE_OVER:
        await floor.daemons[0].kill()
    elif name in AT_ITS_END:
        armed.child.terminate()
    elif name in BY_AN_OPERATOR:
        await until_seen(floor.is_settled, seconds=START_S)
        await _operate(floor)


async def _operate(floor: Floor) -> None:
    """Read, close and flatten as an operator would, each of a third of the accounts."""
    assert floor.desk.operator is not None
    for number, account_id in enumerate(sorted(floor.desk.accounts)):
        key = f"{account_id}-{floor.chance.random()}"
        # What the signal did not open, or what is closed already, cannot be closed.
        with suppress(Refused):
            async with begin(floor.desk.operator) as uow:
                await _ask(uow, number, account_id, key)


async def _ask(uow: UnitOfWork, number: int, account_id: UUID, key: str) -> None:
    if number % 3 == 0:
        await desk_orders.sync_account(uow, account_id, kind="full", idempotency_key=key)
    elif number % 3 == 1:
        await desk_orders.close_position(
            uow, account_id, SYMBOL, reason="Chaos", idempotency_key=key
        )
    else:
        await desk_orders.flatten_account(uow, account_id, reason="Chaos", idempotency_key=key)
