"""When accounts are rebalanced, and what becomes of each.

Positions are sized from an account's shares when a signal comes, so a rebalancing changes shares
and sends no order: what is open stays under its stops until its strategy closes it (ADR-0027).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from patriot_app.core.domain.allocation_changes import Divided, is_refused
from patriot_app.core.domain.allocation_changes import check as check_division
from patriot_app.core.domain.allocations import Division, validate_division
from patriot_app.core.errors import Invalid

Every = Literal["day", "week"]
TOLERANCE = Decimal("0.05")
"""A strategy whose open positions hold more margin than its share and this part of it is over."""


class RunState(StrEnum):
    RUNNING = "running"
    DONE = "done"


RUN_TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    RunState.RUNNING: frozenset({RunState.DONE}),
    RunState.DONE: frozenset(),
}


class Trigger(StrEnum):
    SCHEDULE = "schedule"
    PERSON = "person"


class StepState(StrEnum):
    """One account of a run."""

    PENDING = "pending"
    APPLIED = "applied"
    REFUSED = "refused"
    OVER = "over"
    UNCHANGED = "unchanged"


S = StepState
STEP_TRANSITIONS: dict[StepState, frozenset[StepState]] = {
    S.PENDING: frozenset({S.APPLIED, S.REFUSED, S.OVER, S.UNCHANGED}),
    S.APPLIED: frozenset(),
    S.REFUSED: frozenset(),
    S.OVER: frozenset(),
    S.UNCHANGED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Step:
    """What a rebalancing does with an account: the state it ends in, and why, for people."""

    state: StepState
    outcome: str


def last_slot(now: datetime, *, every: Every, hour: int) -> datetime:
    """Return the newest time of a rebalancing that is not after `now`, market time, UTC.

    Args:
        every: each day, or each Monday.
        hour: of the day, UTC.
    """
    day = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0, hour=hour)
    if every == "week":
        day -= timedelta(days=day.weekday())
    if day > now:
        day -= _span(every)
    return day


def next_slot(now: datetime, *, every: Every, hour: int) -> datetime:
    """Return the first time of a rebalancing that is after `now`."""
    return last_slot(now, every=every, hour=hour) + _span(every)


def plan(account: Divided, wanted: Division | None) -> Step:
    """Decide what a rebalancing does with an account; the dry run asks the same.

    Args:
        wanted: the shares that its client asked for, or None.
    """
    over = _over(account, wanted or account.shares)
    if wanted is None:
        state = S.OVER if over else S.UNCHANGED
        return Step(state, over or "Its shares and positions fit")
    try:
        validate_division(wanted, held=account.shares)
    except Invalid as error:
        return Step(S.REFUSED, "; ".join(error.fields.values()))
    findings = check_division(account, wanted)
    if is_refused(findings):
        return Step(S.REFUSED, findings[0].text)
    changed = ", ".join(
        f"{one.name} {one.share * 100:.2f} % to {wanted[one.deployment_id] * 100:.2f} %"
        for one in account.holdings
        if wanted[one.deployment_id] != one.share
    )
    return Step(S.APPLIED, f"{changed}. {over}" if over else changed)


def _over(account: Divided, shares: Division) -> str:
    """Name the strategies whose open positions are larger than their share; "" for none."""
    equity = account.equity
    if equity is None:
        return ""
    return "; ".join(
        f"{one.name} holds {one.margin_used:.2f} USDT of margin, its share is {capital:.2f} USDT:"
        " nothing is sold, it shrinks as positions close"
        for one in account.holdings
        if one.margin_used
        > (capital := equity * shares.get(one.deployment_id, one.share) * one.symbols)
        * (1 + TOLERANCE)
    )


def _span(every: Every) -> timedelta:
    return timedelta(weeks=1) if every == "week" else timedelta(days=1)
