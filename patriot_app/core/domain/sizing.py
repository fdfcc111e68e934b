"""How much to trade: money at risk over the distance to the stop.

What is the same for all accounts of one exchange and leverage is computed once (`sizing_terms`);
an account then costs a few multiplications (`size`).
"""

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Context, Decimal

from patriot_app.core.domain.instruments import Instrument, notional_cap
from patriot_app.core.domain.reasons import SkipReason

COST_RESERVE_RATE = Decimal("0.0015")
"""Fraction of the notional kept free for taker commission and slippage of a market entry."""

# Every step rounds against us, so that the rounded result never risks more than was allowed.
_DOWN = Context(prec=28, rounding=ROUND_DOWN)
_UP = Context(prec=28, rounding=ROUND_UP)


@dataclass(frozen=True, slots=True)
class Sized:
    """A quantity the exchange accepts and the account can carry; money in USDT."""

    quantity: Decimal
    notional: Decimal
    initial_margin: Decimal
    leverage: int


@dataclass(frozen=True, slots=True)
class Unsized:
    """Why no quantity fits."""

    reason: SkipReason
    context: str


@dataclass(frozen=True, slots=True)
class SizingTerms:
    """What sizing needs of one instrument at one price, stop and leverage.

    Attributes:
        unit_value: USDT notional of one contract unit at the entry price.
        quantity_per_usdt: contract units per USDT of capital, by the money at risk.
        quantity_per_capital: contract units per USDT of capital, by the leverage.
        quantity_cap: by brackets and by the largest market order.
        margin_rate: margin and reserve per USDT of notional.
        maintenance_rate: margin per USDT of notional that the exchange wants kept, at most.
        ruin_rate: loss at the stop and maintenance margin per USDT of notional.
    """

    instrument: Instrument
    entry_price: Decimal
    leverage: int
    unit_value: Decimal
    quantity_per_usdt: Decimal
    quantity_per_capital: Decimal
    quantity_cap: Decimal
    margin_rate: Decimal
    maintenance_rate: Decimal
    ruin_rate: Decimal

    def quantity_of(self, capital: Decimal) -> Decimal:
        """Return the contract units that USDT of capital gives, whatever one order may be."""
        return min(
            _DOWN.multiply(capital, self.quantity_per_usdt),
            _DOWN.multiply(capital, self.quantity_per_capital),
        )


def sizing_terms(
    instrument: Instrument,
    *,
    entry_price: Decimal,
    stop_price: Decimal,
    leverage: int,
    risk_fraction: Decimal,
    is_market: bool = True,
) -> SizingTerms | Unsized:
    """Prepare the sizing of many accounts.

    Args:
        risk_fraction: share of an account's allotted equity lost if the stop is hit, 0 < f < 1.
        is_market: the exchange's largest market order caps it too.
    """
    assert entry_price > 0
    assert stop_price > 0
    assert 0 < risk_fraction < 1
    if entry_price == stop_price:
        return Unsized(SkipReason.STOP_WRONG_SIDE, f"The stop {stop_price} is at the price")
    cap = notional_cap(instrument, leverage)
    if cap <= 0:
        return Unsized(
            SkipReason.LEVERAGE_NOT_OFFERED,
            f"{instrument.symbol} on {instrument.exchange} has no bracket for {leverage}x",
        )
    unit_value = entry_price * instrument.contract_size
    loss_per_unit = abs(entry_price - stop_price) * instrument.contract_size
    margin_rate = _UP.add(_UP.divide(Decimal(1), Decimal(leverage)), COST_RESERVE_RATE)
    maintenance_rate = _maintenance_rate(instrument, leverage)
    return SizingTerms(
        instrument=instrument,
        entry_price=entry_price,
        leverage=leverage,
        unit_value=unit_value,
        quantity_per_usdt=_DOWN.divide(risk_fraction, loss_per_unit),
        quantity_per_capital=_DOWN.divide(Decimal(1), _UP.multiply(margin_rate, unit_value)),
        quantity_cap=_quantity_cap(instrument, cap=cap, unit_value=unit_value, is_market=is_market),
        margin_rate=margin_rate,
        maintenance_rate=maintenance_rate,
        ruin_rate=_UP.add(_UP.divide(loss_per_unit, unit_value), maintenance_rate),
    )


def size(
    terms: SizingTerms, *, equity: Decimal, share: Decimal, available_balance: Decimal
) -> Sized | Unsized:
    """Return the quantity for one account, or why there is none.

    A quantity too large for leverage, brackets or the exchange's largest market order is capped.
    One that the free balance cannot carry is refused and not shrunk: a position of accidental size
    would make accounts of one deployment differ, and the client is to be told instead.

    Args:
        share: part of the equity that is allotted to the strategy, 0 < share <= 1.
        available_balance: USDT free for new margin.
    """
    instrument = terms.instrument
    capital = _DOWN.multiply(equity, share)
    wanted = min(terms.quantity_of(capital), terms.quantity_cap)
    step = instrument.step_size
    quantity = (wanted // step) * step if wanted > 0 else Decimal(0)
    notional = quantity * terms.unit_value
    if quantity < instrument.quantity_min or quantity <= 0:
        return Unsized(
            SkipReason.BELOW_MIN_QUANTITY,
            f"Allotted {capital:.2f} USDT gives {quantity.normalize():f}; "
            f"the least is {instrument.quantity_min.normalize():f}",
        )
    if notional < instrument.min_notional:
        return Unsized(
            SkipReason.BELOW_MIN_NOTIONAL,
            f"Allotted {capital:.2f} USDT gives {notional:.2f} USDT; "
            f"the least is {instrument.min_notional.normalize():f}",
        )
    need = notional * terms.margin_rate
    if need > available_balance:
        return Unsized(
            SkipReason.INSUFFICIENT_MARGIN,
            f"Needs {need:.2f} USDT at {terms.leverage}x; free are {available_balance:.2f}",
        )
    if notional * terms.ruin_rate >= equity:
        return Unsized(
            SkipReason.STOP_BEYOND_LIQUIDATION,
            f"{notional:.2f} USDT on equity {equity:.2f} would be liquidated before the stop",
        )
    return Sized(
        quantity=quantity,
        notional=notional,
        initial_margin=notional / terms.leverage,
        leverage=terms.leverage,
    )


def _quantity_cap(
    instrument: Instrument, *, cap: Decimal, unit_value: Decimal, is_market: bool
) -> Decimal:
    """Return the largest quantity whose notional stays strictly below the bracket's cap."""
    steps = _DOWN.divide(cap, unit_value) // instrument.step_size
    quantity = steps * instrument.step_size
    if quantity * unit_value >= cap:
        quantity -= instrument.step_size
    most = instrument.quantity_max
    if is_market:
        most = min(most, instrument.market_quantity_max)
    return max(min(quantity, most), Decimal(0))


def _maintenance_rate(instrument: Instrument, leverage: int) -> Decimal:
    """Return the highest maintenance rate of the brackets that offer this leverage."""
    return max(
        (b.maintenance_rate for b in instrument.brackets if b.leverage_max >= leverage),
        default=Decimal(1),
    )
