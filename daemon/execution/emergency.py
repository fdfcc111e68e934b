"""Leave what cannot be protected, and what its exchange should have left by itself.

The exchange's own leg and the desk's exit may both be on their way: both only reduce, the desk takes
its size from what the exchange shows, and asking again for the same reason sends nothing while the last
exit may still come through.
"""

import logging
from dataclasses import dataclass
from uuid import UUID

from daemon.context import Context
from daemon.execution import exits
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.protection import WantedLeg, would_trigger
from patriot_app.core.domain.targets import MarkPrice
from patriot_app.core.errors import PatriotError
from patriot_app.core.services import guarded
from patriot_app.core.services.guarded import GuardedPosition
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

MARK_AGE_MS_MAX = 10_000
"""An older price closes nothing."""


@dataclass(frozen=True, slots=True)
class LateLeg:
    """A leg that the price has passed and the exchange has not carried out."""

    position: GuardedPosition
    wanted: WantedLeg
    leg_id: UUID | None
    mark: MarkPrice


def late_leg(
    context: Context, position: GuardedPosition, wanted: WantedLeg, mark: MarkPrice | None
) -> LateLeg | None:
    """Tell whether a leg is late: the price stayed beyond it for `late_leg_s`.

    A target that does not stand at the exchange, because it was refused, is the desk's at once.
    """
    key = (position.account_id, position.symbol, wanted.leg)
    if mark is None or mark.age_ms > MARK_AGE_MS_MAX or not would_trigger(wanted, mark.price):
        context.beyond.pop(key, None)
        return None
    leg = next(
        (
            each.live
            for each in position.legs
            if each.live.leg is wanted.leg and each.live.trigger_price == wanted.trigger_price
        ),
        None,
    )
    level, since = context.beyond.get(key, (None, 0.0))
    now = context.clock.monotonic()
    if level != wanted.trigger_price:
        since = now
        context.beyond[key] = (wanted.trigger_price, since)
    if leg is not None and now - since < context.settings.late_leg_s:
        return None
    return LateLeg(position, wanted, None if leg is None else leg.leg_id, mark)


async def leave_late(context: Context, late: LateLeg) -> None:
    """Close a position whose stop or target is late; again only when that is known to have failed."""
    position, wanted = late.position, late.wanted
    cause = f"late|{wanted.leg}|{late.leg_id or wanted.trigger_price}"
    if not await _close(context, position, cause):
        return
    log.error(
        "leg_late",
        extra={
            "account_id": str(position.account_id),
            "symbol": position.symbol,
            "reason": f"{wanted.leg} {wanted.trigger_price:f}, price {late.mark.price:f}",
        },
    )
    async with begin(SYSTEM, clock=context.clock) as uow:
        guarded.record_late(uow, position, wanted, mark_price=late.mark.price)


async def leave(context: Context, position: GuardedPosition, reason: str) -> None:
    """Close a position that cannot be protected, again and again until it is closed."""
    since = position.unprotected_since
    log.error(
        "emergency_exit",
        extra={
            "account_id": str(position.account_id),
            "symbol": position.symbol,
            "reason": reason,
        },
    )
    async with begin(SYSTEM, clock=context.clock) as uow:
        guarded.record_unprotected(uow, position)
    await _close(context, position, f"emergency|{since.isoformat() if since else ''}")


async def _close(context: Context, position: GuardedPosition, cause: str) -> bool:
    """Close at market; return whether an order was sent."""
    try:
        sent = await exits.leave_position(
            context, position.account_id, position.symbol, cause=cause
        )
    except PatriotError as error:
        log.error(
            "emergency_exit_failed",
            extra={"account_id": str(position.account_id), "error": str(error)},
        )
        return False
    return sent is not None and bool(sent.results)
