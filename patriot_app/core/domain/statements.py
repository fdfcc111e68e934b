"""The bridge of a statement: how one equity became the other, line by line."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.ledger import LedgerClass, LedgerRowReport, classify
from patriot_app.core.domain.money import exact_sum

_ZERO = Decimal(0)


class BridgeLine(StrEnum):
    DEPOSITS = "deposits"
    WITHDRAWALS = "withdrawals"
    REALISED = "realised"
    FUNDING = "funding"
    COMMISSION = "commission"
    OTHER = "other"
    UNREALISED_CHANGE = "unrealised_change"


@dataclass(frozen=True, slots=True)
class Bridge:
    """From opening to closing equity in USDT.

    Attributes:
        amounts: signed, one per line.
        difference: closing equity that no line explains; 0 on an honest statement.
    """

    opening_equity: Decimal
    amounts: dict[BridgeLine, Decimal]
    closing_equity: Decimal
    difference: Decimal


_LINES = {
    "FUNDING_FEE": BridgeLine.FUNDING,
    "SETTLEMENT": BridgeLine.FUNDING,
    "COMMISSION": BridgeLine.COMMISSION,
    "COMMISSION_REBATE": BridgeLine.COMMISSION,
    "API_REBATE": BridgeLine.COMMISSION,
    "FEE_RETURN": BridgeLine.COMMISSION,
    "FEE_REFUND": BridgeLine.COMMISSION,
}


def line_of(exchange: Exchange, row: LedgerRowReport) -> BridgeLine:
    """Return the line that a ledger row belongs to.

    A trade of Bybit carries its commission inside; it counts as realised as a whole.
    """
    match classify(exchange, row.row_type):
        case LedgerClass.EXTERNAL_FLOW:
            return BridgeLine.DEPOSITS if row.amount >= 0 else BridgeLine.WITHDRAWALS
        case LedgerClass.PERFORMANCE:
            return _LINES.get(row.row_type, BridgeLine.REALISED)
        case _:
            return BridgeLine.OTHER


def bridge(
    exchange: Exchange,
    rows: Iterable[LedgerRowReport],
    *,
    asset: str,
    opening_equity: Decimal,
    closing_equity: Decimal,
    opening_unrealised: Decimal,
    closing_unrealised: Decimal,
) -> Bridge:
    """Return the bridge of one account and period; rows in other assets stay out."""
    amounts = dict.fromkeys(BridgeLine, _ZERO)
    for row in rows:
        if row.asset == asset:
            line = line_of(exchange, row)
            amounts[line] = exact_sum((amounts[line], row.amount))
    amounts[BridgeLine.UNREALISED_CHANGE] = exact_sum((closing_unrealised, -opening_unrealised))
    explained = exact_sum((opening_equity, *amounts.values()))
    return Bridge(
        opening_equity=opening_equity,
        amounts=amounts,
        closing_equity=closing_equity,
        difference=exact_sum((closing_equity, -explained)),
    )
