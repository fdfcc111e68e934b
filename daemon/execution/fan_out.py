"""One signal to many accounts at once: decide, record, send, record; each account for itself.

Chunks overlap: while one is being sent the next is being planned, so that the first order leaves
early and the exchange never waits for our books.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.throttle import Lane
from daemon.execution import departures, entries, impact
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.instruments import Instrument
from patriot_app.core.domain.intents import PlanParameters, plan
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.reasons import PLAN_AGAIN, SkipReason
from patriot_app.core.domain.sending import GatheredTarget, ReadyAttempt, RecordedSignal
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.domain.slicing import ImpactEstimate, cut
from patriot_app.core.domain.targets import MarkPrice
from patriot_app.core.domain.verdicts import Skipped, Verdict
from patriot_app.core.services import (
    attempts,
    decisions,
    held_entries,
    newer_signals,
    orders,
    signals,
    targets,
    turns,
)
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

DEFAULT_RISK_FRACTION = Decimal("0.01")
CHUNKS_IN_FLIGHT_MAX = 2
HELD_UP_S_MAX = 0.5
"""How long a chunk waits for others that hang on one silent exchange."""
AGAIN_AFTER_S = 0.5


@dataclass(slots=True)
class FanOutReport:
    """How a fan-out went, for the log; `place` is what the next account decided gets."""

    place: int = 0
    accounts: int = 0
    attempts: int = 0
    unsent: int = 0


@dataclass(frozen=True, slots=True)
class _Plan:
    """One signal with everything that planning shares between chunks; began_at is monotonic."""

    recorded: RecordedSignal
    shards: tuple[int, ...]
    first_account: UUID | None
    began_at: float
    instruments: Mapping[Exchange, Instrument]
    parameters: PlanParameters
    estimates: Mapping[tuple[Exchange, AccountMode], ImpactEstimate] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A chunk that is recorded and waits to be sent; `decided` counts its accounts."""

    decided: int
    attempts: list[ReadyAttempt]
    known_leverage: Mapping[UUID, int | None]
    again: Mapping[UUID, SkipReason]


async def run(context: Context, signal_id: UUID, shards: Sequence[int]) -> FanOutReport:
    """Plan and send the shards' part of a signal; running it again adds nothing.

    Returns when every account is decided and every order answered or left to the resolver.

    Raises:
        NotFound: no such signal.
    """
    async with begin(SYSTEM, clock=context.clock) as uow:
        recorded = await signals.load(uow, signal_id)
        part = await turns.in_turn(uow, recorded, shards)
        left_over = await attempts.unsent_of(uow, signal_id, shards)
    waiting = part.undecided
    prepared = _prepare(context, recorded, shards, first_account=part.first)
    if left_over:
        # Recorded by an earlier run that ended before sending; the fence decides what still may.
        found = _Chunk(0, [live.ready for live in left_over], {}, {})
        await _send(context, prepared, found)
    report = FanOutReport(place=part.next_place, accounts=len(waiting))
    sends: list[asyncio.Task[int]] = []
    try:
        while waiting:
            prepared = await _estimated(context, prepared)
            again = await _round(context, prepared, waiting, report, sends)
            waiting = list(again)
            held_up = [account for account, why in again.items() if why in PLAN_AGAIN]
            if waiting and not await entries.supersede(context, signal_id, held_up, shards=shards):
                await context.clock.sleep(AGAIN_AFTER_S)
        report.unsent += sum(await asyncio.gather(*sends))
    except BaseException:
        for send in sends:
            send.cancel()
        await asyncio.gather(*sends, return_exceptions=True)
        raise
    async with begin(SYSTEM, clock=context.clock, is_durable=False) as uow:
        await signals.finish_fan_outs(uow, signal_id, shards)
    log.info(
        "fan_out_finished",
        extra={
            "signal_id": str(signal_id),
            "accounts": report.accounts,
            "attempts": report.attempts,
            "unsent": report.unsent,
        },
    )
    return report


async def _round(
    context: Context,
    prepared: _Plan,
    accounts: Sequence[UUID],
    report: FanOutReport,
    sends: list[asyncio.Task[int]],
) -> dict[UUID, SkipReason]:
    """Plan the accounts chunk by chunk and let each chunk leave; return those to plan again."""
    again: dict[UUID, SkipReason] = {}
    size = context.settings.fan_out_chunk
    for start in range(0, len(accounts), size):
        await _wait_for_room(sends)
        part = accounts[start : start + size]
        chunk = await _record(context, prepared, part, report.place)
        report.place += chunk.decided
        again |= chunk.again
        report.attempts += len(chunk.attempts)
        sends.append(asyncio.create_task(_send(context, prepared, chunk)))
    return again


async def _wait_for_room(sends: Sequence[asyncio.Task[int]]) -> None:
    """Wait until few chunks are under way, but not for an exchange that does not answer."""
    under_way = [send for send in sends if not send.done()]
    if len(under_way) >= CHUNKS_IN_FLIGHT_MAX:
        await asyncio.wait(under_way, timeout=HELD_UP_S_MAX, return_when=asyncio.FIRST_COMPLETED)


async def _record(
    context: Context, prepared: _Plan, accounts: Sequence[UUID], first_place: int
) -> _Chunk:
    recorded = prepared.recorded
    async with begin(SYSTEM, clock=context.clock) as uow:
        gathered, desk_notional = await targets.gather(
            uow, recorded, accounts, shards=prepared.shards
        )
        overtaken = await newer_signals.overtaken(uow, recorded, accounts)
        found = [
            replace(each.target, is_superseded=each.target.account_id in overtaken)
            for each in gathered
        ]
        if prepared.parameters.entries_max > 1:
            entered = await held_entries.entered(uow, accounts, recorded.signal.symbol)
            found = [replace(each, held=entered.get(each.account_id)) for each in found]
        verdicts = plan(
            recorded.signal,
            found,
            signal_id=recorded.signal_id,
            instruments=prepared.instruments,
            prices=_prices(context, recorded.signal.symbol),
            parameters=prepared.parameters,
            desk_notional=desk_notional,
            deadline=recorded.valid_until,
            now=uow.now,
        )
        passing = _passing(context, prepared)
        again = {
            verdict.account_id: verdict.reason
            for verdict in verdicts
            if isinstance(verdict, Skipped) and verdict.reason in passing
        }
        final = [verdict for verdict in verdicts if verdict.account_id not in again]
        wanted = await decisions.record(
            uow,
            recorded,
            _sliced(context, prepared, final, now=uow.now),
            shards={each.target.account_id: each.target.shard for each in gathered},
            first_place=first_place,
            first_account=prepared.first_account,
        )
        opened = await orders.open_intents(uow, wanted, instance_key=context.instance_key)
    return _Chunk(
        decided=len(final),
        # The later slices of an order leave at their own times.
        attempts=[attempt for attempt in opened if not attempt.order.is_later_slice],
        known_leverage=_known_leverage(gathered),
        again=again,
    )


def _sliced(
    context: Context, prepared: _Plan, verdicts: Sequence[Verdict], *, now: datetime
) -> list[Verdict]:
    """Return the verdicts with entries cut that would move the price."""
    return cut(
        verdicts,
        estimates=prepared.estimates,
        instruments=prepared.instruments,
        rules=impact.rules_of(context),
        now=now,
    )


async def _send(context: Context, prepared: _Plan, chunk: _Chunk) -> int:
    """Send a chunk; return how many stayed unsent."""
    if not chunk.attempts:
        return 0
    is_close = prepared.recorded.signal.action is SignalAction.CLOSE
    return await departures.send(
        context,
        chunk.attempts,
        chunk.known_leverage,
        lane=Lane.EXIT if is_close else Lane.ENTRY,
    )


def _prepare(
    context: Context,
    recorded: RecordedSignal,
    shards: Sequence[int],
    *,
    first_account: UUID | None,
) -> _Plan:
    symbol = recorded.signal.symbol
    risk = recorded.parameters.get("risk_per_trade")
    return _Plan(
        recorded=recorded,
        shards=tuple(shards),
        first_account=first_account,
        began_at=context.clock.monotonic(),
        instruments={
            exchange: context.instruments[exchange, symbol]
            for exchange in Exchange
            if (exchange, symbol) in context.instruments
        },
        parameters=PlanParameters(
            risk_fraction=DEFAULT_RISK_FRACTION if risk is None else Decimal(str(risk)),
            entries_max=int(recorded.parameters.get("entries_max", 1)),
            balance_age_ms_max=int(context.settings.balance_age_s_max * 1000),
        ),
    )


async def _estimated(context: Context, prepared: _Plan) -> _Plan:
    """Return the plan with what its entries would do to the prices, as far as that is known."""
    estimates = await impact.estimate_signal(
        context, prepared.recorded, prepared.instruments, prepared.parameters
    )
    return replace(prepared, estimates=estimates)


def _prices(context: Context, symbol: str) -> dict[tuple[Exchange, AccountMode], MarkPrice]:
    return context.prices.for_symbol(symbol)


def _known_leverage(gathered: Sequence[GatheredTarget]) -> dict[UUID, int | None]:
    return {each.target.account_id: each.known_leverage for each in gathered}


def _passing(context: Context, prepared: _Plan) -> frozenset[SkipReason]:
    """Return what is in the way of an account now and goes away by itself.

    A trader that has just begun has shards before the first price was told: to skip their accounts
    would be to lose a signal by a restart.
    """
    if _is_late(context, prepared.recorded):
        return frozenset()
    waited_s = context.clock.monotonic() - prepared.began_at
    if waited_s > context.settings.first_price_wait_s:
        return PLAN_AGAIN
    return PLAN_AGAIN | {SkipReason.PRICE_STALE}


def _is_late(context: Context, recorded: RecordedSignal) -> bool:
    """Tell whether another round would come after the deadline."""
    return context.clock.now() + timedelta(seconds=2 * AGAIN_AFTER_S) >= recorded.valid_until
