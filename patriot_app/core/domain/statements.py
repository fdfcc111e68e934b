"""The lines by which a statement leads from one equity to the other."""

from enum import StrEnum

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.ledger import LedgerClass, LedgerRowReport, classify


class BridgeLine(StrEnum):
    DEPOSITS = "deposits"
    WITHDRAWALS = "withdrawals"
    REALISED = "realised"
    FUNDING = "funding"
    COMMISSION = "commission"
    IN_TRANSIT = "in_transit"
    OTHER = "other"
    UNREALISED_CHANGE = "unrealised_change"


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
