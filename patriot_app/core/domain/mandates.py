"""The agreement with one customer (FEES.md)."""

from enum import StrEnum


class FeeMeasure(StrEnum):
    """What counts as net profit; chosen at the start and never changed silently."""

    PRUDENT = "prudent"
    TOTAL_EQUITY = "total_equity"
    REALISED_ONLY = "realised_only"


class WithdrawalPolicy(StrEnum):
    """What a withdrawal does to a carried loss."""

    DOLLAR = "dollar"
    PRORATA = "prorata"
