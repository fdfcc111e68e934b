"""The lines by which a statement leads from one equity to the other."""

from decimal import Decimal
from enum import StrEnum

from patriot_app.core.domain.ledger import LedgerClass


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


def line_of(row_type: str, classification: LedgerClass, amount: Decimal) -> BridgeLine:
    """Return the line that ledger rows of a type and sign belong to.

    A trade of Bybit carries its commission inside; it counts as realised as a whole.
    """
    match classification:
        case LedgerClass.EXTERNAL_FLOW:
            return BridgeLine.DEPOSITS if amount >= 0 else BridgeLine.WITHDRAWALS
        case LedgerClass.PERFORMANCE:
            return _LINES.get(row_type, BridgeLine.REALISED)
        case _:
            return BridgeLine.OTHER
