"""Gather what this process sees of itself into one word: trading, degraded, not trading."""

from daemon.context import Context
from daemon.execution import kill_file
from patriot_app.core.domain.conditions import Condition, Signs, condition_of


def of(context: Context) -> Condition:
    """Return whether this trader trades, and why not if not; reads no database."""
    lease = context.lease
    return condition_of(
        Signs(
            database_silent_s=lease.silent_s if lease.is_fenced else None,
            kill_file=kill_file.level_of(context.settings.kill_file),
            is_stopped=lease.is_stopped,
            is_cold=context.is_cold,
            shards_held=len(lease.held),
            shards_ready=len(lease.ready),
            accounts=len(context.sessions),
            streams=len(context.standing & context.sessions.keys()),
            silences=context.gateway.throttle.silences(),
        )
    )


def details(context: Context) -> dict[str, object]:
    """Return the condition as the beat and the health endpoint tell it."""
    found = of(context)
    return {"trading": found.trading.value, "why": list(found.why)}
