"""What forbids an account an order before its size is asked for."""

from patriot_app.core.domain.accounts import AccountStatus
from patriot_app.core.domain.entries import is_equal_or_better
from patriot_app.core.domain.maintenance import Closure, name_of
from patriot_app.core.domain.market_terms import EntryTerms, PlanParameters
from patriot_app.core.domain.orders import Side
from patriot_app.core.domain.reasons import SkipReason
from patriot_app.core.domain.sizing import Unsized
from patriot_app.core.domain.targets import AccountTarget
from patriot_app.core.domain.verdicts import Skipped


def cannot_trade(target: AccountTarget) -> Skipped | None:
    """Return what forbids even an exit.

    What was overtaken comes first: it is given up, however soon the account could trade.
    """
    if target.is_superseded:
        return Skipped(
            target.account_id, SkipReason.SIGNAL_SUPERSEDED, "A newer signal took its place"
        )
    if target.status is AccountStatus.DISABLED:
        return Skipped(target.account_id, SkipReason.ACCOUNT_DISABLED, "")
    if not target.is_credential_verified:
        return Skipped(target.account_id, SkipReason.KEY_NOT_VERIFIED, "")
    if target.closure is Closure.EVERYTHING:
        return _in_maintenance(target, "nothing is sent until it is over")
    if not target.is_ready:
        return Skipped(target.account_id, SkipReason.ACCOUNT_NOT_READY, "Still recovering")
    if target.has_order_in_flight:
        return Skipped(
            target.account_id, SkipReason.ORDER_IN_FLIGHT, "An earlier order is not resolved"
        )
    return None


def cannot_open(target: AccountTarget, parameters: PlanParameters) -> Skipped | None:
    """Return what forbids an entry but not an exit."""
    if target.closure is not Closure.OPEN:
        return _in_maintenance(target, "nothing opens so shortly before it")
    if target.status is AccountStatus.SUSPENDED:
        return Skipped(target.account_id, SkipReason.ACCOUNT_SUSPENDED, "")
    if target.is_parked:
        return Skipped(target.account_id, SkipReason.ACCOUNT_PARKED, "")
    if target.equity is None or target.available_balance is None:
        return Skipped(target.account_id, SkipReason.BALANCE_STALE, "Never read")
    if target.balance_age_ms > parameters.balance_age_ms_max:
        return Skipped(
            target.account_id,
            SkipReason.BALANCE_STALE,
            f"{target.balance_age_ms} ms old; at most {parameters.balance_age_ms_max}",
        )
    return None


def cannot_add(
    target: AccountTarget, parameters: PlanParameters, terms: EntryTerms | Unsized
) -> Skipped | None:
    """Return what forbids one more entry into a position that is held already.

    A further entry must cost no more than the best one before it: it lowers the average price of a
    long and raises that of a short, or it is not made.
    """
    held = target.held
    made = 1 if held is None else held.entries
    if held is None or made >= parameters.entries_max:
        return Skipped(
            target.account_id,
            SkipReason.ALREADY_IN_POSITION,
            f"Holds {target.position_quantity.normalize():f} already; {made} of {parameters.entries_max} entries",
        )
    if isinstance(terms, Unsized):
        return Skipped(target.account_id, terms.reason, terms.context)
    best = held.lowest_price if terms.side is Side.BUY else held.highest_price
    price = terms.sizing.entry_price
    if is_equal_or_better(price, side=terms.side, than=best):
        return None
    return Skipped(
        target.account_id,
        SkipReason.PRICE_NOT_BETTER,
        f"Entered at {best.normalize():f} before; {price.normalize():f} is no better",
    )


def _in_maintenance(target: AccountTarget, what: str) -> Skipped:
    context = f"{name_of(target.exchange)} maintenance: {what}"
    return Skipped(target.account_id, SkipReason.EXCHANGE_MAINTENANCE, context)
