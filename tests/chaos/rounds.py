"""What goes wrong in a round. Each begins after a signal was published and ends mended."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from patriot_app.core.domain.signals import SignalAction
from tests.chaos.floor import START_S, Floor
from tests.chaos.looking import until_seen, until_soon
from tests.chaos.ownership import take_over_crowded, take_over_often, trade_shared
from tests.chaos.points import POINTS, Act
from tests.daemon.real_desk import WRITE_PATHS, Daemon

STOPPED_S = 40.0
DOWN_S = 5.0
STORM_S = 15.0
MOMENT_S = 300.0
HELD_S = 20.0
LOOPS = 3
TAKE_OVERS = 20
STORM = {
    "drop_before": {"rate": 0.06},
    "drop_after": {"rate": 0.08},
    "html": {"rate": 0.04},
    "timeout": {"rate": 0.06, "accepted": True},
    "unknown_error": {"rate": 0.06, "accepted": True},
    "event_missing": {"rate": 0.1},
    "event_duplicate": {"rate": 0.1},
    "event_late": {"rate": 0.1, "delay_s": 2},
}
SHORT = ("kill_any", "marked", "accepted", "database_restart", "paused", "silence", "two_traders")
"""Few rounds for every change: by chance, at two points, each kind of trouble once."""
Trouble = Callable[[Floor], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Round:
    """One kind of trouble.

    Attributes:
        action: the signal in whose fan-out it happens.
        prepare: what stands ready before the signal.
        leaves_unknown: stops may be of unknown outcome when the exchange is back: a position may
            stand bare until the absence of its stop is proved.
        hold_s: how long the positions are held afterwards: one without a stop becomes too old.
        trouble: what happens after it; everything runs again when it returns.
    """

    what: str
    trouble: Trouble
    prepare: Trouble | None = None
    action: SignalAction = SignalAction.OPEN_LONG
    leaves_unknown: bool = False
    hold_s: float = 0.0


# --- a daemon meets its moment


def _at(name: str, *, call: int = 1, prepare: Trouble | None = None) -> Round:
    """Return the round in which one of two daemons dies at a named point."""

    async def arm(floor: Floor) -> None:
        await replace_one(floor, "--point", name, "--call", str(call))
        if prepare is not None:
            await prepare(floor)

    async def die(floor: Floor) -> None:
        # Not of the living: it may have met its moment before the signal was told to be recorded.
        armed = floor.desk.daemons[-1]
        since = await _ended(armed)
        await floor.desk.control("DELETE", "/faults")
        await floor.take_over(since=since)

    is_exit = name == "exit_marked"
    return Round(
        f"killed {POINTS[name].what}",
        die,
        arm,
        SignalAction.CLOSE if is_exit else SignalAction.OPEN_LONG,
    )


async def replace_one(floor: Floor, *arguments: str) -> None:
    """Make the newest daemon one with a fate: a place is freed if two are there."""
    if len(floor.daemons) > 1:
        await floor.daemons[-1].stop()
    armed = await floor.start(*arguments)
    await floor.shared()
    assert armed.child.returncode is None, "it did not start; its log says why"


async def _ended(daemon: Daemon) -> float:
    """Wait for a daemon's end; return the moment."""
    async with asyncio.timeout(MOMENT_S):
        await daemon.child.wait()
    return time.monotonic()


async def _answers_late(floor: Floor) -> None:
    half = sorted(floor.desk.accounts)[::2]
    await floor.desk.delay_orders(half, "delay", 3)


async def answers_never(floor: Floor) -> None:
    """Let the next order of a third of the accounts be taken, and its answer be lost."""
    await _lose(floor, "drop_after")


async def requests_lost(floor: Floor) -> None:
    """Let the next order of a third be lost before it is read: no stream will tell of it."""
    await _lose(floor, "drop_before")


async def _lose(floor: Floor, kind: str) -> None:
    # By exchange first, so that both are met.
    for exchange, key in sorted(floor.desk.accounts.values())[::3]:
        await floor.desk.control(
            "POST",
            "/faults",
            {
                "kind": kind,
                "path": WRITE_PATHS[exchange.value],
                "method": "POST",
                "api_key": key,
            },
        )


# --- a daemon dies, stops or hangs


async def _kill_any(floor: Floor) -> None:
    await asyncio.sleep(floor.chance.uniform(0, 1.5))
    victim = floor.chance.choice(floor.daemons)
    since = time.monotonic()
    await victim.kill()
    await floor.take_over(since=since)


async def _kill_both(floor: Floor) -> None:
    await _first_orders(floor)
    for victim in floor.daemons:
        await victim.kill()
    since = time.monotonic()
    await floor.start()
    await floor.restarted(since=since)


async def calm(floor: Floor, *, since: float) -> None:
    """Wait until the living have every shard; start one where nobody lives."""
    if floor.daemons:
        await floor.take_over(since=since)
    else:
        since = time.monotonic()
        await floor.start()
        await floor.restarted(since=since)


async def _crash_loop(floor: Floor) -> None:
    await _first_orders(floor)
    for victim in floor.daemons:
        await victim.kill()
    for call in range(1, LOOPS + 1):
        looping = await floor.start("--point", "recovering", "--call", str(5 * call))
        async with asyncio.timeout(START_S):
            await looping.child.wait()
    since = time.monotonic()
    await floor.start()
    await floor.restarted(since=since)


async def _take_over_often(floor: Floor) -> None:
    await take_over_often(floor, times=TAKE_OVERS)


async def _drain(floor: Floor) -> None:
    victim = floor.daemons[-1]
    victim.child.terminate()
    since = await _ended(victim)
    await floor.take_over(since=since)


async def _stop_for_long(floor: Floor) -> None:
    """Its timestamp is pinned and its orders are marked; it goes on when another has its shards."""
    armed = floor.daemons[-1]
    await until_seen(lambda: _is_stopped(armed), seconds=MOMENT_S)
    since = time.monotonic()
    floor.stopped.append(armed)
    await floor.take_over(since=since)
    await asyncio.sleep(max(0.0, STOPPED_S - (time.monotonic() - since)))
    floor.thaw()
    await floor.shared()


def _is_stopped(daemon: Daemon) -> bool:
    with open(f"/proc/{daemon.child.pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] == "T"


async def _hang(floor: Floor) -> None:
    await asyncio.sleep(12)
    await floor.shared()


# --- database, exchange, network


async def _nothing_more(floor: Floor) -> None:
    await until_seen(floor.is_settled, seconds=START_S)
    await floor.desk.control("DELETE", "/faults")


async def _first_orders(floor: Floor) -> None:
    """Return a moment after the first order of the signal was marked to be sent."""
    await until_soon(floor.is_sending, seconds=MOMENT_S)
    await asyncio.sleep(floor.chance.uniform(0, 0.3))


async def _restart_database(floor: Floor) -> None:
    await _first_orders(floor)
    floor.postgres.begin()
    await asyncio.sleep(DOWN_S)
    floor.postgres.end()
    await _living_again(floor)


async def _crash_database(floor: Floor) -> None:
    await _first_orders(floor)
    floor.postgres.crash()
    await asyncio.sleep(DOWN_S)
    floor.postgres.end()
    await _living_again(floor)


async def _crash_exchange(floor: Floor) -> None:
    await _first_orders(floor)
    await floor.desk.kill_paper()
    await asyncio.sleep(DOWN_S)
    await floor.desk.start_paper()
    await _living_again(floor)


async def _storm(floor: Floor) -> None:
    await asyncio.sleep(STORM_S)
    await floor.desk.control("DELETE", "/faults")
    await floor.shared()


async def _brew(floor: Floor) -> None:
    seed = floor.chance.randrange(2**31)
    await floor.desk.control("POST", "/faults", {"kind": "swarm", "seed": seed, "rates": STORM})


async def _living_again(floor: Floor) -> None:
    if not floor.daemons:
        await floor.start()
    await floor.shared()


async def _pause_armed(floor: Floor) -> None:
    await replace_one(floor, "--point", "paused")


async def _block_armed(floor: Floor) -> None:
    await replace_one(floor, "--point", "blocked")


async def _drain_armed(floor: Floor) -> None:
    await replace_one(floor, "--point", "draining")


ROUNDS: Mapping[str, Round] = {
    **{
        name: _at(name)
        for name, point in POINTS.items()
        if point.act is Act.KILL
        and name not in {"accepted", "resolving", "recovering", "draining", "writing"}
    },
    "writing": _at("writing", call=5),
    "accepted": _at("accepted", call=3, prepare=_answers_late),
    "resolving": _at("resolving", prepare=requests_lost),
    "draining": Round("killed while it drains", _drain, _drain_armed),
    "crash_loop": Round(f"both killed, then {LOOPS} die while they recover", _crash_loop),
    "paused": Round("one stopped for 40 s after the fence", _stop_for_long, _pause_armed),
    "blocked": Round("one hangs for 10 s after the fence", _hang, _block_armed),
    "kill_any": Round("one killed at a random moment", _kill_any),
    "kill_any_closing": Round(
        "one killed at a random moment of closing", _kill_any, action=SignalAction.CLOSE
    ),
    "kill_both": Round("both killed", _kill_both),
    "two_traders": Round("nothing: each trades its own shards", trade_shared),
    "take_over": Round(f"one killed, {TAKE_OVERS} times", _take_over_often),
    "crowded": Round("one killed, few of its accounts with a position", take_over_crowded),
    "database_restart": Round("database restarted, 5 s", _restart_database),
    "database_crash": Round("database crashed, 5 s", _crash_database),
    "exchange_crash": Round("exchange killed, 5 s", _crash_exchange, leaves_unknown=True),
    "silence": Round("answers of a third are lost", _nothing_more, answers_never, hold_s=HELD_S),
    "storm": Round("requests and frames lost for 15 s", _storm, _brew, leaves_unknown=True),
}
