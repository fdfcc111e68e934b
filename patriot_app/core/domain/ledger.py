"""Rows of an exchange's money book, classified (FEES.md)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class LedgerClass(StrEnum):
    PERFORMANCE = "performance"
    EXTERNAL_FLOW = "external_flow"
    NEUTRAL = "neutral"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LedgerRowReport:
    """One money row as reported.

    Attributes:
        row_id: the exchange's id, unique only within (type, symbol, asset).
        amount: signed change of the wallet in asset.
        occurred_at: market time.
    """

    row_type: str
    row_id: str
    symbol: str
    asset: str
    amount: Decimal
    occurred_at: datetime
    details: str = ""
    trade_id: str = ""
