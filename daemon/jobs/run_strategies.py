"""Closed bar -> decide -> record. The fan-out of what was recorded wakes by itself.

Each deployment is asked alone: one that raises is reported and delays no other.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from daemon.context import Context
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.candles import Candle, aggregate, find_problems, is_interval_end
from patriot_app.core.domain.events import StrategyFailed
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.signals import validate_signal
from patriot_app.core.errors import Refused
from patriot_app.core.queries import running
from patriot_app.core.queries.running import RunningDeployment
from patriot_app.core.services import signals
from patriot_app.core.strategies.catalogue import strategy_named
from patriot_app.core.strategies.contract import (
    Strategy,
    StrategyInput,
    stance_after,
    trade_parameters,
)
from patriot_app.core.strategies.parameters import ParameterValue
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

SIGNAL_TTL = timedelta(seconds=20)
"""Wall time after a bar's close in which its signal may be sent; never later."""


async def on_bar(
    context: Context, exchange: Exchange, mode: AccountMode, symbol: str, candle: Candle
) -> None:
    """Ask every running deployment that decides on this market."""
    valid_until = _wall_time(context, candle.closed_at) + SIGNAL_TTL
    if context.clock.now() > valid_until:
        return
    for deployment in await running.running_deployments():
        if (deployment.reference_exchange, deployment.mode) != (exchange, mode):
            continue
        if symbol not in deployment.symbols:
            continue
        try:
            await _ask(context, deployment, symbol, candle, valid_until)
        except Refused as refusal:
            # It was paused meanwhile, or the other trader was quicker with another decision.
            log.info(
                "signal_refused",
                extra={
                    "deployment_id": str(deployment.deployment_id),
                    "error": str(refusal),
                },
            )
        except Exception as error:
            log.exception("strategy_failed", extra={"deployment_id": str(deployment.deployment_id)})
            async with begin(SYSTEM) as uow:
                uow.record(
                    StrategyFailed(
                        deployment_id=deployment.deployment_id,
                        symbol=symbol,
                        error=f"{type(error).__name__}: {error}",
                    )
                )


async def _ask(
    context: Context,
    deployment: RunningDeployment,
    symbol: str,
    candle: Candle,
    valid_until: datetime,
) -> None:
    strategy = strategy_named(deployment.kind)
    if strategy.is_manual:
        return
    values = strategy.read(deployment.parameters)
    interval = trade_parameters(values).interval_minutes
    if not is_interval_end(candle.closed_at, interval_minutes=interval):
        return
    bars = await _bars(deployment, symbol, candle.closed_at, strategy, values, interval)
    if not bars or bars[-1].closed_at != candle.closed_at:
        return
    last = await running.last_action(deployment.deployment_id, symbol)
    signal = strategy.decide(
        StrategyInput(symbol=symbol, candles=bars, stance=stance_after(last)), values
    )
    if signal is None or context.clock.now() > valid_until:
        return
    validate_signal(signal)
    async with begin(SYSTEM) as uow:
        await signals.record(
            uow,
            deployment_id=deployment.deployment_id,
            version_id=deployment.version_id,
            signal=signal,
            valid_until=valid_until,
        )


async def _bars(
    deployment: RunningDeployment,
    symbol: str,
    closed_at: datetime,
    strategy: Strategy,
    values: dict[str, ParameterValue],
    interval: int,
) -> Sequence[Candle]:
    """Return the gapless bars up to this one, oldest first."""
    minutes = await running.last_candles(
        deployment.reference_exchange,
        deployment.mode,
        symbol,
        before=closed_at,
        count=(strategy.bars_needed(values) + 1) * interval,
    )
    bars = aggregate(minutes, interval_minutes=interval)
    problems = find_problems(bars, interval_minutes=interval)
    if not problems:
        return bars
    start = problems[-1].opened_at
    return [bar for bar in bars if bar.opened_at >= start]


def _wall_time(context: Context, market: datetime) -> datetime:
    """Return when a market time was or will be on the wall."""
    clock = context.market_clock
    return clock.wall_origin + context.wall_span(market - clock.market_origin)
