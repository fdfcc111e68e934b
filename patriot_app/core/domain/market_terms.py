"""What all accounts of one exchange, mode and leverage share in a plan, computed once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.entries import (
    AT_MARKET,
    Entry,
    round_entry,
    round_entry_trigger,
    would_trigger,
)
from patriot_app.core.domain.instruments import Instrument, round_trigger
from patriot_app.core.domain.orders import Leg, Side
from patriot_app.core.domain.reasons import SkipReason
from patriot_app.core.domain.signals import Signal, SignalAction
from patriot_app.core.domain.sizing import SizingTerms, Unsized, sizing_terms
from patriot_app.core.domain.targets import AccountTarget, MarkPrice


@dataclass(frozen=True, slots=True)
class PlanParameters:
    """The deployment's and the desk's settings for one plan.

    Attributes:
        risk_fraction: share of the allotted equity lost if the stop is hit.
        price_deviation_max: an account whose own price is further from the signal's reference, as
            a fraction, is skipped: the decision was not made for that price.
        price_age_ms_max, balance_age_ms_max: older facts skip an entry.
        entries_max: orders that may enter one position of an account.
    """

    risk_fraction: Decimal
    price_age_ms_max: int = 10_000
    balance_age_ms_max: int = 60_000
    price_deviation_max: Decimal = Decimal("0.05")
    entries_max: int = 1


@dataclass(frozen=True, slots=True)
class EntryTerms:
    """How to enter: prices on the grid, and what sizing needs."""

    side: Side
    stop_loss: Decimal
    take_profit: Decimal | None
    sizing: SizingTerms
    entry: Entry = AT_MARKET


_Key = tuple[Exchange, AccountMode, int, Decimal | None]


class MarketTerms:
    """A cache of entry terms for one signal."""

    def __init__(
        self,
        *,
        signal: Signal,
        instruments: Mapping[Exchange, Instrument],
        prices: Mapping[tuple[Exchange, AccountMode], MarkPrice],
        parameters: PlanParameters,
    ) -> None:
        self._signal = signal
        self._instruments = instruments
        self._prices = prices
        self._parameters = parameters
        self._terms: dict[_Key, EntryTerms | Unsized] = {}

    def instrument(self, exchange: Exchange) -> Instrument | None:
        """Return the contract on an exchange; None if the exchange has none."""
        return self._instruments.get(exchange)

    def price(self, exchange: Exchange, mode: AccountMode) -> Decimal | None:
        """Return the mark price, however old."""
        mark = self._prices.get((exchange, mode))
        return None if mark is None else mark.price

    def terms(self, target: AccountTarget, *, stop: Decimal | None = None) -> EntryTerms | Unsized:
        """Return how an account enters; the leverage limit caps the wanted leverage.

        Args:
            stop: of the position that is added to, in place of the signal's.
        """
        limit = target.limits.leverage
        leverage = target.leverage if target.leverage <= limit else max(1, int(limit))
        return self.at_leverage(target.exchange, target.mode, leverage, stop=stop)

    def at_leverage(
        self,
        exchange: Exchange,
        mode: AccountMode,
        leverage: int,
        *,
        stop: Decimal | None = None,
    ) -> EntryTerms | Unsized:
        """Return how any account of an exchange enters at a leverage."""
        key = (exchange, mode, leverage, stop)
        found = self._terms.get(key)
        if found is None:
            found = self._terms[key] = self._compute(exchange, mode, leverage, stop)
        return found

    def _compute(
        self, exchange: Exchange, mode: AccountMode, leverage: int, stop: Decimal | None
    ) -> EntryTerms | Unsized:
        signal = self._signal
        instrument = self._instruments.get(exchange)
        if instrument is None:
            return Unsized(SkipReason.INSTRUMENT_UNKNOWN, f"No {signal.symbol} on {exchange}")
        if not instrument.is_trading:
            return Unsized(SkipReason.INSTRUMENT_DISABLED, f"{signal.symbol} on {exchange}")
        mark = self._prices.get((exchange, mode))
        unusable = self._price_problem(mark)
        if unusable is not None or mark is None:
            return unusable or Unsized(SkipReason.PRICE_STALE, "No price yet")
        side = Side.BUY if signal.action is SignalAction.OPEN_LONG else Side.SELL
        entry = on_grid(signal.entry, instrument, side=side)
        price = mark.price if entry.level is None else entry.level
        if price <= 0:
            return Unsized(SkipReason.PRICE_MOVED, f"Price {price} is below one tick")
        trigger = entry.trigger_price
        if trigger is not None and would_trigger(trigger, side=side, price=mark.price):
            return Unsized(
                SkipReason.PRICE_MOVED, f"Price {mark.price:f} has passed the trigger {trigger:f}"
            )
        protection = protection_prices(signal, instrument, price)
        if isinstance(protection, Unsized):
            return protection
        stop_loss, take_profit = protection
        if stop is not None:
            if (price - stop) * side.sign <= 0:
                return Unsized(
                    SkipReason.STOP_WRONG_SIDE, f"The position's stop {stop:f} is beyond {price:f}"
                )
            stop_loss, take_profit = stop, None
        sizing = sizing_terms(
            instrument,
            entry_price=price,
            stop_price=stop_loss,
            leverage=leverage,
            risk_fraction=self._parameters.risk_fraction,
            is_market=entry.price is None,
        )
        if isinstance(sizing, Unsized):
            return sizing
        return EntryTerms(side, stop_loss, take_profit, sizing, entry)

    def _price_problem(self, mark: MarkPrice | None) -> Unsized | None:
        if mark is None:
            return Unsized(SkipReason.PRICE_STALE, "No price yet")
        if mark.age_ms > self._parameters.price_age_ms_max:
            return Unsized(
                SkipReason.PRICE_STALE,
                f"{mark.age_ms} ms old; at most {self._parameters.price_age_ms_max}",
            )
        reference = self._signal.reference_price
        if abs(mark.price - reference) > reference * self._parameters.price_deviation_max:
            return Unsized(
                SkipReason.PRICE_MOVED,
                f"Price {mark.price:f}; the signal was made at {reference:f}",
            )
        return None


def on_grid(entry: Entry, instrument: Instrument, *, side: Side) -> Entry:
    """Return an entry with its prices on an instrument's ticks."""
    if entry.price is not None:
        entry = replace(entry, price=round_entry(instrument, entry.price, side=side))
    if entry.trigger_price is not None:
        trigger = round_entry_trigger(instrument, entry.trigger_price, side=side)
        entry = replace(entry, trigger_price=trigger)
    return entry


def protection_prices(
    signal: Signal, instrument: Instrument, price: Decimal
) -> tuple[Decimal, Decimal | None] | Unsized:
    """Return stop and target of an entry at an account's own price.

    At market the distances are kept as shares of the price and not the levels: exchanges differ by
    some basis points, and a stop that has come very near would make the position very large. A
    limit or trigger price is the same everywhere, and so are the levels beside it.
    """
    if signal.stop_loss is None:
        return Unsized(SkipReason.STOP_MISSING, "An opening signal needs a stop")
    is_long = signal.action is SignalAction.OPEN_LONG
    closes = Side.SELL if is_long else Side.BUY
    is_at_market = signal.entry.level is None
    ratio = price / signal.reference_price if is_at_market else Decimal(1)
    stop = round_trigger(instrument, signal.stop_loss * ratio, closes=closes, leg=Leg.STOP_LOSS)
    if stop <= 0 or (stop >= price if is_long else stop <= price):
        return Unsized(
            SkipReason.STOP_WRONG_SIDE, f"Stop {stop:f} would trigger at once at {price:f}"
        )
    if signal.take_profit is None:
        return stop, None
    target = round_trigger(
        instrument, signal.take_profit * ratio, closes=closes, leg=Leg.TAKE_PROFIT
    )
    if target <= price if is_long else target >= price:
        return Unsized(
            SkipReason.STOP_WRONG_SIDE, f"Target {target:f} would trigger at once at {price:f}"
        )
    return stop, target
