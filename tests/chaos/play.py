"""Play one round and hold both sides against each other."""

import asyncio
import time
import traceback

from patriot_app.core.domain.signals import SignalAction
from tests.chaos import truth
from tests.chaos.floor import SYMBOL, Floor
from tests.chaos.report import Outcome
from tests.chaos.rounds import Round
from tests.chaos.starvation import Starvation

UNPROTECTED_S_MAX = 12.0
"""The promise of 10 s, and the two that the exchange's own clock and our looks may differ by.

Where our processes wait for a processor, as many times that as their work took longer.
"""
PROOF_S = 20.5
"""Receive window, skew and visibility delay, two look-ups, and the guard's next round."""
SHOWN_MAX = 12
SWEPT_S_MAX = 75.0
"""Stops of a closed position are swept within 30 s, and an exchange may be slow to tell."""


async def play(floor: Floor, name: str, chosen: Round) -> Outcome:
    """Play a round; what does not come to rest or does not tie is in the outcome."""
    outcome = Outcome(name, chosen.what)
    began = time.monotonic()
    # What stood bare in earlier rounds was judged then.
    floor.excused = [(0, await floor.market_ms())]
    for times in (floor.take_overs, floor.read_later, floor.traded_again, floor.restarts):
        times.clear()
    before = await _history(floor)
    starvation = Starvation()
    watching = asyncio.create_task(starvation.watch(), name="starvation")
    try:
        await _play(floor, chosen)
    except (TimeoutError, AssertionError) as error:
        where = " > ".join(
            f"{one.name}:{one.lineno}"
            for one in traceback.extract_tb(error.__traceback__)
            if "chaos" in one.filename
        )
        outcome.violations.append(f"did not come to rest: {error!r} in {where} {_open(floor)}")
    finally:
        watching.cancel()
    outcome.slowness = starvation.most
    outcome.take_overs = list(floor.take_overs)
    outcome.read_later = list(floor.read_later)
    outcome.traded_again = list(floor.traded_again)
    outcome.restarts = list(floor.restarts)
    await _compare(floor, outcome, before)
    outcome.seconds = time.monotonic() - began
    return outcome


async def _play(floor: Floor, chosen: Round) -> None:
    if chosen.action is SignalAction.CLOSE:
        await floor.publish(SignalAction.OPEN_LONG)
        await asyncio.sleep(1)
        await floor.settled()
    if chosen.prepare is not None:
        await chosen.prepare(floor)
    await floor.begin_trouble()
    await floor.publish(chosen.action)
    await chosen.trouble(floor)
    await floor.end_trouble(more_s=PROOF_S if chosen.leaves_unknown else 0.0)
    await asyncio.sleep(chosen.hold_s)
    await floor.settled()
    if len(floor.daemons) < 2:
        await floor.start()
        await floor.shared()
        await floor.settled()
    await floor.flatten()


async def _history(floor: Floor) -> tuple[int, int]:
    held = (await floor.truth()).values()
    return sum(len(truth.taken(one)) for one in held), sum(len(one["trades"]) for one in held)


async def _compare(floor: Floor, outcome: Outcome, before: tuple[int, int]) -> None:
    found = await _stranded(floor)
    held, books = await floor.truth(), floor.books()
    for account_id, account in held.items():
        ours = books[account_id]
        for what in (
            *truth.doubled(account, ours),
            *truth.lost(account, ours),
        ):
            found.append(f"{account['exchange']} {account_id}: {what}")
        naked = truth.naked_ms(account, SYMBOL, excused=floor.excused[:1]) / 1000
        bare = truth.naked_ms(account, SYMBOL, excused=floor.excused) / 1000
        outcome.naked_s, outcome.bare_s = max(outcome.naked_s, naked), max(outcome.bare_s, bare)
        if bare > UNPROTECTED_S_MAX * outcome.slowness:
            found.append(f"{account['exchange']} {account_id}: {bare:.1f} s without a stop")
    code, table = await floor.desk.verify()
    if code != 0:
        found.append("patriot verify: " + table[-1500:])
    orders, fills = await _history(floor)
    outcome.orders, outcome.fills = orders - before[0], fills - before[1]
    if not outcome.fills:
        found.append(f"nothing was traded, so nothing was proved: {_open(floor)}")
    outcome.violations += found[:SHOWN_MAX]
    if len(found) > SHOWN_MAX:
        outcome.violations.append(f"and {len(found) - SHOWN_MAX} more")


async def _stranded(floor: Floor) -> list[str]:
    """Return what is stranded still when the sweep of every 30 s had its turn."""
    found: list[str] = []
    began = time.monotonic()
    while True:
        held, books = await floor.truth(), floor.books()
        found = [
            f"{account['exchange']} {account_id}: {what}"
            for account_id, account in held.items()
            for what in truth.stranded(account, books[account_id])
        ]
        if not found or time.monotonic() - began > SWEPT_S_MAX:
            return found
        await asyncio.sleep(1)


def _open(floor: Floor) -> list[object]:
    """Return what is still open, for a round that did not end."""
    return [
        floor.desk.ask(
            "SELECT not_ready_reason, count(*) FROM account_states WHERE NOT is_ready GROUP BY 1"
        ),
        floor.desk.ask("SELECT state, count(*) FROM fan_outs WHERE state <> 'finished' GROUP BY 1"),
        floor.desk.ask(
            "SELECT i.leg, t.state, t.evidence, count(*) FROM attempts AS t JOIN intents AS i"
            " ON i.id = t.intent_id WHERE t.state IN ('created','sending','unknown','quarantined')"
            " GROUP BY 1, 2, 3 LIMIT 5"
        ),
        floor.desk.ask(
            "SELECT decision, reason_code, count(*) FROM fan_out_accounts WHERE signal_id ="
            " (SELECT id FROM signals ORDER BY created_at DESC LIMIT 1) GROUP BY 1, 2"
        ),
        floor.held(),
    ]
