"""Record an operator's own signal; its fan-out wakes like any other's."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from daemon.context import Context
from daemon.execution.fresh_prices import wait_for_price
from patriot_app.core.domain.commands import PublishSignal
from patriot_app.core.domain.entries import AT_MARKET, Entry, limit_entry, stop_entry
from patriot_app.core.domain.orders import TimeInForce
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.signals import SignalAction, operator_key
from patriot_app.core.errors import Refused
from patriot_app.core.queries import running
from patriot_app.core.services import signals
from patriot_app.core.services.commands import ClaimedCommand
from patriot_app.core.strategies.catalogue import strategy_named
from patriot_app.core.strategies.operator_signal import make_operator_signal
from patriot_app.core.unit_of_work import begin

VALID_FOR = timedelta(seconds=20)


async def publish_signal(
    claimed: ClaimedCommand, command: PublishSignal, context: Context
) -> dict[str, Any]:
    """Check the signal at the present price and record it once per command.

    A claim that returned, its process gone after the commit, finds what it recorded: at another price
    it would be another signal, and the operator would be told that his had failed.
    """
    known = await running.signal_of(
        command.deployment_id, command.symbol, operator_key(str(claimed.id))
    )
    if known is not None:
        return {"signal_id": str(known)}
    deployment = await running.deployment(command.deployment_id)
    if deployment is None:
        raise Refused(f"Deployment {command.deployment_id} has no accounts or does not exist")
    price = await wait_for_price(
        context, deployment.reference_exchange, deployment.mode, command.symbol
    )
    values = strategy_named(deployment.kind).read(deployment.parameters)
    signal = make_operator_signal(
        symbol=command.symbol,
        action=SignalAction(command.action),
        token=str(claimed.id),
        reference_price=price.price,
        stop_loss=_decimal(command.stop_loss),
        take_profit=_decimal(command.take_profit),
        values=values,
        market_now=context.market_now(),
        explanation=command.reason,
        entry=_entry_of(command, market_now=context.market_now()),
    )
    async with begin(SYSTEM) as uow:
        signal_id = await signals.record(
            uow,
            deployment_id=deployment.deployment_id,
            version_id=deployment.version_id,
            signal=signal,
            valid_until=context.clock.now() + VALID_FOR,
            published_by=command.published_by,
        )
    return {"signal_id": None if signal_id is None else str(signal_id)}


def _entry_of(command: PublishSignal, *, market_now: datetime) -> Entry:
    minutes = command.life_minutes
    life = None if minutes is None else timedelta(minutes=minutes)
    price = _decimal(command.entry_price)
    if command.trigger_price is not None:
        trigger = Decimal(command.trigger_price)
        return stop_entry(trigger, price=price, market_now=market_now, life=life)
    if price is None:
        return AT_MARKET
    return limit_entry(
        price,
        time_in_force=TimeInForce(command.time_in_force or TimeInForce.GTC),
        market_now=market_now,
        life=life,
    )


def _decimal(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None
