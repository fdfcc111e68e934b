"""Closed bar -> decide -> record. The fan-out of what was recorded wakes by itself.

Each deployment is asked in a process of its own: one that raises, hangs or takes too much memory is
paused and reported, and delays no other.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from daemon.context import Context
from daemon.strategies.isolation import StrategyBroke, StrategyNotAsked, StrategyProcesses
from daemon.strategies.questions import Question
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.candles import Candle, aggregate, find_problems, is_interval_end
from patriot_app.core.domain.events import StrategyFailed
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.signals import bar_key, validate_signal
from patriot_app.core.errors import Invalid, PatriotError, Refused
from patriot_app.core.queries import running
from patriot_app.core.queries.running import RunningDeployment
from patriot_app.core.services import deployments, signals
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


@dataclass(frozen=True, slots=True)
class _Bar:
    """What a deployment is asked about; `breaks` tells how often it had broken before."""

    symbol: str
    candle: Candle
    valid_until: datetime
    breaks: int


class Strategies:
    """Asks the running deployments at each closed bar, each in its own process and its own time.

    A deployment's questions are asked in the order of its bars; no deployment waits for another,
    and the feed of bars waits for none of them.
    """

    def __init__(self, context: Context, processes: StrategyProcesses) -> None:
        self._context = context
        self._processes = processes
        self._turns: defaultdict[UUID, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._breaks: Counter[UUID] = Counter()
        self._asking: set[asyncio.Task[None]] = set()

    async def on_bar(
        self, context: Context, exchange: Exchange, mode: AccountMode, symbol: str, candle: Candle
    ) -> None:
        """Start asking every running deployment that decides on this market; wait for none."""
        valid_until = _wall_time(context, candle.closed_at) + SIGNAL_TTL
        if context.clock.now() > valid_until:
            return
        try:
            asked = await running.running_deployments()
        except Exception:
            log.exception("deployments_not_read")
            return
        await self._processes.keep_only({each.deployment_id for each in asked})
        for deployment in asked:
            if (deployment.reference_exchange, deployment.mode) != (exchange, mode):
                continue
            if symbol not in deployment.symbols or strategy_named(deployment.kind).is_manual:
                continue
            bar = _Bar(symbol, candle, valid_until, self._breaks[deployment.deployment_id])
            task = asyncio.create_task(
                self._take_turn(deployment, bar), name=f"ask-{deployment.deployment_id}"
            )
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def settle(self) -> None:
        """Wait for what is being asked."""
        await asyncio.gather(*self._asking, return_exceptions=True)

    async def close(self) -> None:
        """Ask nothing more and end the processes."""
        for task in self._asking:
            task.cancel()
        await self.settle()
        await self._processes.close()

    async def _take_turn(self, deployment: RunningDeployment, bar: _Bar) -> None:
        deployment_id = deployment.deployment_id
        async with self._turns[deployment_id]:
            if self._breaks[deployment_id] != bar.breaks:
                # It broke on a bar before this one and stands still.
                return
            try:
                await self._ask(deployment, bar)
            except Refused as refusal:
                # It was paused meanwhile, or the other trader was quicker with another decision.
                log.info(
                    "signal_refused",
                    extra={"deployment_id": str(deployment_id), "error": str(refusal)},
                )
            except (StrategyBroke, Invalid) as error:
                self._breaks[deployment_id] += 1
                await self._set_aside(deployment, bar.symbol, str(error))
            except StrategyNotAsked as error:
                log.warning(
                    "strategy_not_asked",
                    extra={"deployment_id": str(deployment_id), "error": str(error)},
                )
            except Exception:
                log.exception("strategy_not_asked", extra={"deployment_id": str(deployment_id)})

    async def _ask(self, deployment: RunningDeployment, bar: _Bar) -> None:
        context, candle = self._context, bar.candle
        strategy = strategy_named(deployment.kind)
        values = strategy.read(deployment.parameters)
        interval = trade_parameters(values).interval_minutes
        if not is_interval_end(candle.closed_at, interval_minutes=interval):
            return
        bars = await _bars(deployment, bar.symbol, candle.closed_at, strategy, values, interval)
        if not bars or bars[-1].closed_at != candle.closed_at:
            return
        last = await running.last_action(deployment.deployment_id, bar.symbol)
        seen = StrategyInput(symbol=bar.symbol, candles=bars, stance=stance_after(last))
        if context.clock.now() > bar.valid_until:
            return
        signal = await self._processes.decide(
            deployment.deployment_id, Question(deployment.kind, deployment.parameters, seen)
        )
        if signal is None or context.clock.now() > bar.valid_until:
            return
        if (signal.symbol, signal.key) != (bar.symbol, bar_key(candle.closed_at)):
            raise StrategyBroke(f"It decided {signal.key} of {signal.symbol}, which nobody asked")
        validate_signal(signal)
        async with begin(SYSTEM) as uow:
            await signals.record(
                uow,
                deployment_id=deployment.deployment_id,
                version_id=deployment.version_id,
                signal=signal,
                valid_until=bar.valid_until,
            )

    async def _set_aside(self, deployment: RunningDeployment, symbol: str, why: str) -> None:
        """Pause the deployment and tell people; its positions keep their stops."""
        log.warning(
            "strategy_broke",
            extra={"deployment_id": str(deployment.deployment_id), "error": why},
        )
        try:
            async with begin(SYSTEM) as uow:
                uow.record(
                    StrategyFailed(deployment_id=deployment.deployment_id, symbol=symbol, error=why)
                )
                await deployments.pause(
                    uow, deployment.deployment_id, reason=f"Its strategy failed on {symbol}: {why}"
                )
        except PatriotError as error:
            # It was stopped meanwhile.
            log.info("deployment_not_paused", extra={"error": str(error)})
        except Exception:
            log.exception("deployment_not_paused")


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
