"""From one signal to at most one set of orders per account, or a code that says why not.

The plan is a pure function of its inputs: the same facts give the same intents with the same ids,
so planning twice after a crash creates nothing new.

A reversal is two legs: a reduce-only exit of the old position that waits for nothing, and an entry
sized afresh from equity. The entry carries `waits_for`: it is sent once the exit was accepted,
since a reduce-only order that arrives second would shrink what the entry had already turned.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.eligibility import cannot_add, cannot_open, cannot_trade
from patriot_app.core.domain.halts import forbids
from patriot_app.core.domain.instruments import Instrument, round_quantity_down
from patriot_app.core.domain.market_terms import EntryTerms, MarketTerms, PlanParameters
from patriot_app.core.domain.orders import Leg, OrderType, Side
from patriot_app.core.domain.reasons import DenialReason, SkipReason
from patriot_app.core.domain.risk import Denial, Reviewed, Wish, denied_by_state, review
from patriot_app.core.domain.signals import Signal, SignalAction
from patriot_app.core.domain.sizing import Sized, Unsized, size
from patriot_app.core.domain.targets import AccountTarget, MarkPrice
from patriot_app.core.domain.verdicts import Denied, OrderIntent, Planned, Skipped, Verdict
from patriot_app.core.ids import intent_id

__all__ = [
    "AccountTarget",
    "Denied",
    "MarkPrice",
    "OrderIntent",
    "PlanParameters",
    "Planned",
    "Skipped",
    "Verdict",
    "plan",
]

_ZERO = Decimal(0)


def plan(
    signal: Signal,
    targets: Iterable[AccountTarget],
    *,
    signal_id: UUID,
    instruments: Mapping[Exchange, Instrument],
    prices: Mapping[tuple[Exchange, AccountMode], MarkPrice],
    parameters: PlanParameters,
    desk_notional: Decimal | None,
    deadline: datetime,
    now: datetime,
) -> list[Verdict]:
    """Return one verdict per account, in the order of the targets.

    Args:
        instruments: the signal's instrument per exchange.
        desk_notional: USDT gross over the desk now; None if unknown. What this plan adds counts
            on; what other shards plan at the same moment waits for the lock that `gather` took.
        deadline, now: wire time; a signal past its deadline is skipped everywhere.
    """
    assert deadline.tzinfo is not None
    planner = _Planner(
        signal=signal,
        signal_id=signal_id,
        markets=MarketTerms(
            signal=signal, instruments=instruments, prices=prices, parameters=parameters
        ),
        parameters=parameters,
        desk_notional=desk_notional,
        deadline=deadline,
    )
    if now > deadline:
        context = f"Valid until {deadline.isoformat()}"
        return [Skipped(t.account_id, SkipReason.SIGNAL_EXPIRED, context) for t in targets]
    return [planner.verdict(target) for target in targets]


class _Planner:
    """One plan in progress: caches what accounts share and adds up the desk's exposure."""

    def __init__(
        self,
        *,
        signal: Signal,
        signal_id: UUID,
        markets: MarketTerms,
        parameters: PlanParameters,
        desk_notional: Decimal | None,
        deadline: datetime,
    ) -> None:
        self._signal = signal
        self._signal_id = signal_id
        self._markets = markets
        self._parameters = parameters
        self._desk_notional = desk_notional
        self._deadline = deadline
        self._wanted_sign = {
            SignalAction.OPEN_LONG: 1,
            SignalAction.OPEN_SHORT: -1,
            SignalAction.CLOSE: 0,
        }[signal.action]

    def verdict(self, target: AccountTarget) -> Verdict:
        """Decide one account."""
        blocked = cannot_trade(target)
        if blocked is not None:
            return blocked
        held = target.position_quantity
        if self._wanted_sign == 0:
            return self._close(target)
        if held == 0:
            entry = self._entry(target, closing=None)
            if isinstance(entry, OrderIntent):
                return Planned(target.account_id, (entry,))
            return entry
        if (held > 0) == (self._wanted_sign > 0):
            return self._add(target)
        return self._reverse(target)

    def _add(self, target: AccountTarget) -> Verdict:
        """Enter once more where the settings allow it; the addition takes the position's stop."""
        terms = self._markets.terms(target, stop=None if target.held is None else target.held.stop)
        refusal = cannot_add(target, self._parameters, terms)
        if refusal is not None:
            return refusal
        entry = self._entry(target, closing=None, adding_to=abs(target.position_quantity))
        return Planned(target.account_id, (entry,)) if isinstance(entry, OrderIntent) else entry

    def _close(self, target: AccountTarget) -> Verdict:
        if target.position_quantity == 0:
            return Skipped(target.account_id, SkipReason.NO_POSITION_TO_CLOSE, "")
        exit_leg = self._exit(target)
        if isinstance(exit_leg, OrderIntent):
            return Planned(target.account_id, (exit_leg,))
        return exit_leg

    def _reverse(self, target: AccountTarget) -> Verdict:
        exit_leg = self._exit(target)
        if not isinstance(exit_leg, OrderIntent):
            return exit_leg
        entry = self._entry(target, closing=exit_leg)
        if isinstance(entry, OrderIntent):
            return Planned(target.account_id, (exit_leg, entry))
        return Planned(target.account_id, (exit_leg,), refusal=entry)

    def _exit(self, target: AccountTarget) -> OrderIntent | Skipped | Denied:
        instrument = self._markets.instrument(target.exchange)
        if instrument is None:
            return Skipped(target.account_id, SkipReason.INSTRUMENT_UNKNOWN, self._signal.symbol)
        if forbids(target.state, Leg.EXIT):
            return Denied(target.account_id, DenialReason.HALT_ACTIVE, "Trading is halted")
        held = target.position_quantity
        mark = self._markets.price(target.exchange, target.mode)
        quantity = round_quantity_down(instrument, abs(held))
        if quantity == 0:
            return Skipped(
                target.account_id, SkipReason.BELOW_MIN_QUANTITY, f"{held:f} is below one step"
            )
        return OrderIntent(
            intent_id=intent_id(
                signal_id=self._signal_id, account_id=target.account_id, leg="exit"
            ),
            signal_id=self._signal_id,
            account_id=target.account_id,
            shard=target.shard,
            exchange=target.exchange,
            mode=target.mode,
            symbol=self._signal.symbol,
            leg=Leg.EXIT,
            side=Side.SELL if held > 0 else Side.BUY,
            order_type=OrderType.MARKET,
            quantity=quantity,
            reduce_only=True,
            reference_price=mark,
            notional=_ZERO,
            initial_margin=_ZERO,
            leverage=None,
            stop_loss=None,
            take_profit=None,
            deadline=self._deadline,
        )

    def _entry(
        self,
        target: AccountTarget,
        *,
        closing: OrderIntent | None,
        adding_to: Decimal = _ZERO,
    ) -> OrderIntent | Skipped | Denied:
        account_id = target.account_id
        if forbids(target.state, Leg.ENTRY):
            denial = denied_by_state(target.state)
            return Denied(account_id, denial.reason, denial.context)
        blocked = cannot_open(target, self._parameters)
        if blocked is not None:
            return blocked
        stop = target.held.stop if adding_to and target.held is not None else None
        terms = self._markets.terms(target, stop=stop)
        if isinstance(terms, Unsized):
            return Skipped(account_id, terms.reason, terms.context)
        equity, available = target.equity, target.available_balance
        assert equity is not None
        assert available is not None
        # The exit goes first and the entry only after it was accepted, so its margin is free then.
        freed = _ZERO if closing is None else closing.quantity * terms.sizing.unit_value
        sized = size(
            terms.sizing,
            equity=equity,
            share=target.share,
            available_balance=available + freed / terms.sizing.leverage if freed else available,
        )
        if isinstance(sized, Unsized):
            return Skipped(account_id, sized.reason, sized.context)
        wish = Wish(
            notional=sized.notional,
            position_notional=adding_to * terms.sizing.unit_value,
            freed_notional=freed,
            maintenance_rate=terms.sizing.maintenance_rate,
        )
        reviewed = Reviewed(wish, equity, target.exposure, self._desk_notional)
        outcome = review(
            wish,
            equity=equity,
            exposure=target.exposure,
            desk_notional=self._desk_notional,
            limits=target.limits,
            state=target.state,
        )
        if isinstance(outcome, Denial):
            return Denied(account_id, outcome.reason, outcome.context)
        if self._desk_notional is not None:
            self._desk_notional += sized.notional - freed
        return self._entry_intent(target, terms, sized, closing, reviewed)

    def _entry_intent(
        self,
        target: AccountTarget,
        terms: EntryTerms,
        sized: Sized,
        closing: OrderIntent | None,
        reviewed: Reviewed,
    ) -> OrderIntent:
        return OrderIntent(
            intent_id=intent_id(
                signal_id=self._signal_id, account_id=target.account_id, leg="entry"
            ),
            signal_id=self._signal_id,
            account_id=target.account_id,
            shard=target.shard,
            exchange=target.exchange,
            mode=target.mode,
            symbol=self._signal.symbol,
            leg=Leg.ENTRY,
            side=terms.side,
            order_type=terms.entry.order_type,
            quantity=sized.quantity,
            reduce_only=False,
            reference_price=terms.sizing.entry_price,
            notional=sized.notional,
            initial_margin=sized.initial_margin,
            leverage=sized.leverage,
            stop_loss=terms.stop_loss,
            take_profit=terms.take_profit,
            deadline=self._deadline,
            waits_for=None if closing is None else closing.intent_id,
            price=terms.entry.price,
            trigger_price=terms.entry.trigger_price,
            time_in_force=terms.entry.time_in_force,
            expires_at=terms.entry.expires_at,
            reviewed=reviewed,
        )
