"""Named moments of the send path at which a daemon dies, is stopped, or hangs.

Each wraps a function of the product in the child process alone. The moments are those of the fault
catalogue's first section: what counts is the last effect that got out before the end.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any

from daemon import lease
from daemon.exchanges.ccxt_gateway import CcxtGateway
from daemon.execution import answers, fan_out, leg_orders, recovery, resolver, submitter
from patriot_app.core.domain.orders import Leg
from patriot_app.core.services import fills, orders

BLOCKED_S = 10.0


class When(StrEnum):
    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


class Act(StrEnum):
    """What happens to the process at the moment."""

    KILL = "kill"
    STOP = "stop"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Point:
    """One moment.

    Attributes:
        what: in words, for the report.
        owner: module or class whose function `name` is watched.
        applies: whether a call counts, by its arguments.
        during_s: how long the function runs before the end, for DURING.
    """

    what: str
    owner: Any
    name: str
    when: When
    act: Act = Act.KILL
    applies: Callable[[tuple[Any, ...]], bool] = lambda _: True
    during_s: float = 0.0


def _of_leg(*legs: Leg) -> Callable[[tuple[Any, ...]], bool]:
    return lambda args: any(ticket.attempt.order.leg in legs for ticket in args[1])


_ENTRY, _STOP, _EXIT = _of_leg(Leg.ENTRY), _of_leg(Leg.STOP_LOSS), _of_leg(Leg.EXIT)

POINTS = {
    "planned": Point(
        "before the orders are committed",
        orders,
        "open_intents",
        When.AFTER,
        applies=lambda args: bool(args[1]),
    ),
    "recorded": Point(
        "recorded, not marked", fan_out, "_send", When.BEFORE, applies=lambda a: bool(a[2].attempts)
    ),
    "marked": Point("marked, not sent", submitter, "_mark", When.AFTER, applies=_ENTRY),
    "writing": Point("while bytes are written", CcxtGateway, "submit_signed", When.DURING),
    "accepted": Point(
        "accepted, answer unread", CcxtGateway, "submit_signed", When.DURING, during_s=1.0
    ),
    "answered": Point("answer read, not stored", answers.AnswerBook, "_write", When.BEFORE),
    "unstopped": Point(
        "entry stored, stop not placed",
        leg_orders,
        "send",
        When.BEFORE,
        applies=lambda args: bool(args[1]),
    ),
    "stop_marked": Point("stop marked, not sent", submitter, "_mark", When.AFTER, applies=_STOP),
    "exit_marked": Point("exit marked, not sent", submitter, "_mark", When.AFTER, applies=_EXIT),
    "filling": Point("in the middle of storing trades", fills, "_move_positions", When.AFTER),
    "resolving": Point("while an order is looked up", resolver, "_resolve", When.BEFORE),
    "recovering": Point("while accounts are read", recovery, "_recover", When.BEFORE),
    "draining": Point("while it gives its shards back", lease.LeaseKeeper, "release", When.BEFORE),
    "paused": Point(
        "stopped for 40 s, marked, not sent", submitter, "_mark", When.AFTER, Act.STOP, _ENTRY
    ),
    "blocked": Point(
        "its loop hangs for 10 s, marked, not sent",
        submitter,
        "_mark",
        When.AFTER,
        Act.BLOCK,
        _ENTRY,
    ),
}


def arm(point: Point, *, call: int) -> None:
    """Let the process meet its moment at the given call of the function, from 1."""
    function = getattr(point.owner, point.name)
    left = call

    @wraps(function)
    async def watched(*args: Any, **named: Any) -> Any:
        nonlocal left
        if not point.applies(args):
            return await function(*args, **named)
        left -= 1
        if left != 0:
            return await function(*args, **named)
        if point.when is When.BEFORE:
            _meet(point.act)
            return await function(*args, **named)
        work = asyncio.create_task(function(*args, **named))
        if point.when is When.DURING:
            await asyncio.wait([work], timeout=point.during_s)
        else:
            await work
        _meet(point.act)
        return await work

    setattr(point.owner, point.name, watched)


def _meet(act: Act) -> None:
    if act is Act.BLOCK:
        time.sleep(BLOCKED_S)
    else:
        os.kill(os.getpid(), signal.SIGKILL if act is Act.KILL else signal.SIGSTOP)
