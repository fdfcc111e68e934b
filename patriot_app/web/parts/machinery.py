"""Daemons, readiness and the market clock in a few words."""

from patriot_app.core.queries.system import MarketTime, Readiness
from patriot_app.web import format

BEAT_LATE_S = 15
"""A daemon that has not beaten for longer is silent."""


def ready_hint(readiness: Readiness) -> str:
    """Say what the rest waits for."""
    waiting = readiness.accounts - readiness.ready
    parked = f"{readiness.parked} parked" if readiness.parked else ""
    warming = f"{format.count(waiting)} warming up" if waiting else "all may trade"
    return ", ".join(part for part in (warming, parked) if part)


def market_hint(market: MarketTime) -> str:
    """Say how fast the market's clock runs."""
    if market.is_finished:
        return "the replay has ended; prices stand still"
    if market.is_paused:
        return "paused"
    if market.speed == 1.0:
        return "UTC, real time"
    return f"UTC, {market.speed:g} times faster than the wall"
