"""Rows of an exchange's money book, classified (FEES.md)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.money import exact_sum

WALLET_ASSET = "USDT"
"""What wallets, equity and fees are counted in."""


class LedgerClass(StrEnum):
    PERFORMANCE = "performance"
    EXTERNAL_FLOW = "external_flow"
    NEUTRAL = "neutral"
    UNKNOWN = "unknown"


class DayState(StrEnum):
    """Whether an account's rows of a day explain the change of its wallet.

    Attributes:
        WAITING: the ledger is not read beyond the day's end yet.
        NOT_COMPARED: no wallet was read on the day; the next comparison covers it too.
    """

    WAITING = "waiting"
    TIED = "tied"
    DIFFERS = "differs"
    NOT_COMPARED = "not_compared"


SERVED_FOR: dict[Exchange, timedelta] = {
    Exchange.BINANCE: timedelta(days=89),
    Exchange.BYBIT: timedelta(days=700),
}
"""How long an exchange serves its money rows, with a little to spare."""
STALE_AFTER = timedelta(hours=1)
"""A ledger that was not read for so long (wall time) is told of; it is read every 15 minutes."""


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


_PERFORMANCE, _FLOW, _NEUTRAL = (
    LedgerClass.PERFORMANCE,
    LedgerClass.EXTERNAL_FLOW,
    LedgerClass.NEUTRAL,
)

CLASSIFICATION: dict[Exchange, dict[str, LedgerClass]] = {
    Exchange.BINANCE: {
        "REALIZED_PNL": _PERFORMANCE,
        "FUNDING_FEE": _PERFORMANCE,
        "COMMISSION": _PERFORMANCE,
        "INSURANCE_CLEAR": _PERFORMANCE,
        "DELIVERED_SETTELMENT": _PERFORMANCE,
        "POSITION_LIMIT_INCREASE_FEE": _PERFORMANCE,
        # These offset commission.
        "COMMISSION_REBATE": _PERFORMANCE,
        "API_REBATE": _PERFORMANCE,
        "FEE_RETURN": _PERFORMANCE,
        "TRANSFER": _FLOW,
        "INTERNAL_TRANSFER": _FLOW,
        "CROSS_COLLATERAL_TRANSFER": _FLOW,
        "COIN_SWAP_DEPOSIT": _FLOW,
        "COIN_SWAP_WITHDRAW": _FLOW,
        "STRATEGY_UMFUTURES_TRANSFER": _FLOW,
        "WELCOME_BONUS": _NEUTRAL,
        "CONTEST_REWARD": _NEUTRAL,
        "REFERRAL_KICKBACK": _NEUTRAL,
        "BFUSD_REWARD": _NEUTRAL,
    },
    Exchange.BYBIT: {
        "TRADE": _PERFORMANCE,
        "SETTLEMENT": _PERFORMANCE,
        "DELIVERY": _PERFORMANCE,
        "LIQUIDATION": _PERFORMANCE,
        "ADL": _PERFORMANCE,
        "INTEREST": _PERFORMANCE,
        "FEE_REFUND": _PERFORMANCE,
        "TRANSFER_IN": _FLOW,
        "TRANSFER_OUT": _FLOW,
        "BONUS": _NEUTRAL,
        "AIRDROP": _NEUTRAL,
    },
}
"""What is missing here blocks a fee close until a person classifies it."""


def classify(exchange: Exchange, row_type: str) -> LedgerClass:
    """Return what a row's type means for the fee; UNKNOWN needs a person."""
    return CLASSIFICATION[exchange].get(row_type, LedgerClass.UNKNOWN)


@dataclass(frozen=True, slots=True)
class LedgerTotals:
    """Sums of ledger rows in one asset, by class."""

    performance: Decimal
    external_flow: Decimal
    neutral: Decimal
    unknown: Decimal

    @property
    def total(self) -> Decimal:
        """The change of the wallet that the rows explain."""
        return exact_sum((self.performance, self.external_flow, self.neutral, self.unknown))


def totals(exchange: Exchange, rows: Iterable[LedgerRowReport], *, asset: str) -> LedgerTotals:
    """Add up the rows of one asset; other assets are not money of the mandate's currency."""
    amounts: dict[LedgerClass, list[Decimal]] = {each: [] for each in LedgerClass}
    for row in rows:
        if row.asset == asset:
            amounts[classify(exchange, row.row_type)].append(row.amount)
    return LedgerTotals(
        performance=exact_sum(amounts[LedgerClass.PERFORMANCE]),
        external_flow=exact_sum(amounts[LedgerClass.EXTERNAL_FLOW]),
        neutral=exact_sum(amounts[LedgerClass.NEUTRAL]),
        unknown=exact_sum(amounts[LedgerClass.UNKNOWN]),
    )


def is_bybit_row_consistent(
    *, change: Decimal, cash_flow: Decimal, funding: Decimal, commission: Decimal
) -> bool:
    """Tell whether a row of Bybit's transaction log adds up: change = cash + funding - fee."""
    return change == exact_sum((cash_flow, funding, -commission))
