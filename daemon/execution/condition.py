"""Gather what this process sees of itself into one word: trading, degraded, not trading."""

from daemon import metrics
from daemon.context import Context
from daemon.execution import kill_file, maintenance
from patriot_app.core.db import sessions
from patriot_app.core.domain.breakers import BreakerState
from patriot_app.core.domain.conditions import (
    Cause,
    Condition,
    Signs,
    Trading,
    Why,
    condition_of,
    dated,
)
from patriot_app.core.domain.maintenance import Closure, say

_HOW_FAR = {
    BreakerState.OPEN: "most requests failed, it is left alone; exits are still tried",
    BreakerState.READING: "its clock answers again, an account is read next",
    BreakerState.EXITS: "it answers again, exits go through, entries follow",
    BreakerState.ENTRIES: "it answers again, entries go through in growing parts",
}
_LEVELS = {Trading.NOT_TRADING: 0, Trading.DEGRADED: 1, Trading.TRADING: 2}


def of(context: Context) -> Condition:
    """Return whether this trader trades, and why not and since when if not; reads no database."""
    lease, gateway = context.lease, context.gateway
    found = condition_of(
        Signs(
            database_silent_s=lease.silent_s if lease.is_fenced else None,
            database_problem=lease.problem,
            kill_file=kill_file.level_of(context.settings.kill_file),
            is_stopped=lease.is_stopped,
            is_cold=context.is_cold,
            shards_held=len(lease.held),
            shards_ready=len(lease.ready),
            accounts=len(context.sessions),
            streams=len(context.standing & context.sessions.keys()),
            silences=gateway.throttle.silences(),
            clock_doubts=[(exchange.value, why) for exchange, why in gateway.clocks.doubts()],
            breakers=[
                (f"{one.exchange.value} {one.endpoints.value}", _HOW_FAR[one.state])
                for one in gateway.breakers.open_ones()
            ],
            is_exhausted=sessions.is_exhausted(),
            maintenance=[
                say(window)
                for window in context.maintenance
                if window.closure(maintenance.now(context)) is not Closure.OPEN
            ],
        )
    )
    found = dated(found, context.causes, now=context.clock.now())
    context.causes = {why.cause: why.since for why in found.why if why.since is not None}
    return found


def details(context: Context) -> dict[str, object]:
    """Return the condition as the beat and the health endpoint tell it."""
    found = of(context)
    _measure(found)
    return {
        "trading": found.trading.value,
        "why": [why.text for why in found.why],
        "reasons": [_told(why) for why in found.why],
    }


def _told(why: Why) -> dict[str, str | None]:
    """Return a reason as JSON has it: its times are text."""
    since = None if why.since is None else why.since.isoformat()
    return {"cause": why.cause.value, "text": why.text, "since": since}


def _measure(found: Condition) -> None:
    present = {why.cause for why in found.why}
    for cause in Cause:
        metrics.CONDITION.labels(cause.value).set(cause in present)
    metrics.TRADING.set(_LEVELS[found.trading])
