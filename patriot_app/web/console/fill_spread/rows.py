"""How the fills of signals spread, all text."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from patriot_app.core.queries.rankings import Spread
from patriot_app.web import format, table_export
from patriot_app.web.format import Moment
from patriot_app.web.parts.prices import shown_price


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """One signal."""

    id: str = ""
    symbol: str = ""
    strategy: str = ""
    action: str = ""
    accounts: str = ""
    reference: str = ""
    best: str = ""
    best_price: str = ""
    median: str = ""
    median_price: str = ""
    worst: str = ""
    worst_price: str = ""
    spread: str = ""
    at: Moment = field(default_factory=Moment)


CSV: table_export.Columns[Spread] = [
    ("signal", lambda one: one.signal_id),
    ("created_at", lambda one: one.created_at),
    ("strategy", lambda one: one.strategy),
    ("symbol", lambda one: one.symbol),
    ("action", lambda one: one.action),
    ("reference_price", lambda one: one.reference_price),
    ("accounts_filled", lambda one: one.accounts),
    ("best_bps", lambda one: one.best),
    ("median_bps", lambda one: one.median),
    ("worst_bps", lambda one: one.worst),
    ("best_price", lambda one: one.best_price),
    ("median_price", lambda one: one.median_price),
    ("worst_price", lambda one: one.worst_price),
]


def spread_row(one: Spread, *, now: datetime) -> SpreadRow:
    """Show one signal; slippage above the signal's price has a plus, below it a minus."""
    wide = None if one.best is None or one.worst is None else one.worst - one.best
    return SpreadRow(
        id=str(one.signal_id),
        symbol=one.symbol,
        strategy=one.strategy,
        action=one.action,
        accounts=format.count(one.accounts),
        reference=shown_price(one.reference_price),
        best=_points(one.best),
        best_price=shown_price(one.best_price),
        median=_points(one.median),
        median_price=shown_price(one.median_price),
        worst=_points(one.worst),
        worst_price=shown_price(one.worst_price),
        spread=_points(wide, is_signed=False),
        at=format.moment(one.created_at, now=now),
    )


def _points(value: Decimal | None, *, is_signed: bool = True) -> str:
    if value is None:
        return format.EMPTY
    shown = format.grouped(value, places=1)
    return f"+{shown} bp" if is_signed and round(value, 1) > 0 else f"{shown} bp"
