"""What a signal's orders would do to the price, before the first of them is planned.

The accounts of an exchange trade at the same moment, so what counts is the order that all of them
make together. Where no fresh book is to be had the entries are sent at once, as without all this:
a late entry is worse than an expensive one, and the record says that the impact was not known.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from daemon.context import Context
from daemon.execution import order_books
from daemon.execution.order_books import NoBook
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.instruments import Instrument
from patriot_app.core.domain.market_terms import EntryTerms, MarketTerms, PlanParameters
from patriot_app.core.domain.orders import OrderType
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.sending import RecordedSignal
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.domain.sizing import Unsized
from patriot_app.core.domain.slicing import ImpactEstimate, SlicingRules, estimate, unknown
from patriot_app.core.services import impact_estimates
from patriot_app.core.services.targets import DEFAULT_LEVERAGE
from patriot_app.core.unit_of_work import begin

Market = tuple[Exchange, AccountMode]


def rules_of(context: Context) -> SlicingRules:
    """Return the desk's settings for slices."""
    settings = context.settings
    return SlicingRules(
        impact_bps_max=settings.twap_impact_bps,
        span=timedelta(seconds=settings.twap_span_s),
        slices_max=settings.twap_slices_max,
        late=timedelta(seconds=settings.twap_late_s),
    )


async def estimate_signal(
    context: Context,
    recorded: RecordedSignal,
    instruments: Mapping[Exchange, Instrument],
    parameters: PlanParameters,
) -> Mapping[Market, ImpactEstimate]:
    """Return how each exchange's entries of a signal are sliced; nothing where none are."""
    if not _is_sliced(context, recorded):
        return {}
    signal = recorded.signal
    async with begin(SYSTEM, clock=context.clock, is_durable=False) as uow:
        known = await impact_estimates.of_signal(uow, recorded)
        capital = await impact_estimates.capital(uow, recorded)
    missing = sorted(capital.keys() - known.keys())
    if not missing:
        return known
    markets = MarketTerms(
        signal=signal,
        instruments=instruments,
        prices=context.prices.for_symbol(signal.symbol),
        parameters=parameters,
    )
    leverage = int(recorded.parameters.get("leverage", DEFAULT_LEVERAGE))
    terms = {market: markets.at_leverage(*market, leverage) for market in missing}
    # Without a price there is no size yet: nothing is planned there now, and it is asked again.
    sized = {market: one for market, one in terms.items() if not isinstance(one, Unsized)}
    if not sized:
        return known
    made = await asyncio.gather(
        *(_estimate(context, signal.symbol, each, sized[each], capital[each]) for each in sized)
    )
    async with begin(SYSTEM, clock=context.clock) as uow:
        return await impact_estimates.record(
            uow, recorded, dict(zip(sized, made, strict=True)), rules=rules_of(context)
        )


def _is_sliced(context: Context, recorded: RecordedSignal) -> bool:
    """Tell whether orders of a signal are sent in slices at all: entries at market, while valid."""
    signal = recorded.signal
    return (
        rules_of(context).is_on
        and signal.action is not SignalAction.CLOSE
        and signal.entry.order_type is OrderType.MARKET
        and context.clock.now() < recorded.valid_until
    )


async def _estimate(
    context: Context,
    symbol: str,
    market: Market,
    terms: EntryTerms,
    capital: Decimal,
) -> ImpactEstimate:
    book = await order_books.read(context, *market, symbol)
    if isinstance(book, NoBook):
        return unknown(book.reason)
    return estimate(
        book,
        side=terms.side,
        quantity=terms.sizing.quantity_of(capital),
        rules=rules_of(context),
    )
