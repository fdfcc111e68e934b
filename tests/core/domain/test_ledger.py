from collections.abc import Iterable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.ledger import (
    LedgerClass,
    LedgerRowReport,
    classify,
    is_bybit_row_consistent,
    totals,
)
from patriot_app.core.domain.performance_fees import crystallise
from tests.factories.market import MARKET_NOW

BINANCE, BYBIT = Exchange.BINANCE, Exchange.BYBIT


def row(row_type: str, amount: str | Decimal, *, asset: str = "USDT") -> LedgerRowReport:
    return LedgerRowReport(row_type, "1", "BTCUSDT", asset, Decimal(amount), MARKET_NOW)


@pytest.mark.parametrize(
    ("exchange", "row_types", "expected"),
    [
        (BINANCE, "REALIZED_PNL FUNDING_FEE COMMISSION INSURANCE_CLEAR", LedgerClass.PERFORMANCE),
        (BINANCE, "COMMISSION_REBATE API_REBATE FEE_RETURN", LedgerClass.PERFORMANCE),
        (BINANCE, "TRANSFER INTERNAL_TRANSFER COIN_SWAP_DEPOSIT", LedgerClass.EXTERNAL_FLOW),
        (BINANCE, "WELCOME_BONUS CONTEST_REWARD REFERRAL_KICKBACK", LedgerClass.NEUTRAL),
        (BINANCE, "AUTO_EXCHANGE OPTIONS_PREMIUM_FEE NEW_THING TRADE", LedgerClass.UNKNOWN),
        (BYBIT, "TRADE SETTLEMENT DELIVERY LIQUIDATION ADL INTEREST", LedgerClass.PERFORMANCE),
        (BYBIT, "FEE_REFUND", LedgerClass.PERFORMANCE),
        (BYBIT, "TRANSFER_IN TRANSFER_OUT", LedgerClass.EXTERNAL_FLOW),
        (BYBIT, "BONUS AIRDROP", LedgerClass.NEUTRAL),
        (BYBIT, "CURRENCY_BUY CURRENCY_SELL REALIZED_PNL", LedgerClass.UNKNOWN),
    ],
)
def test_every_type_has_one_class(
    exchange: Exchange, row_types: str, expected: LedgerClass
) -> None:
    assert {classify(exchange, row_type) for row_type in row_types.split()} == {expected}


def test_rows_add_up_by_class_and_other_assets_stay_out() -> None:
    rows = [
        row("REALIZED_PNL", "10"),
        row("COMMISSION", "-0.4"),
        row("TRANSFER", "1000"),
        row("WELCOME_BONUS", "5"),
        row("MYSTERY", "-1"),
        row("COMMISSION", "-0.01", asset="BNB"),
    ]
    added = totals(BINANCE, rows, asset="USDT")
    assert added.performance == Decimal("9.6")
    assert (added.external_flow, added.neutral, added.unknown) == (1000, 5, -1)
    assert added.total == Decimal("1013.6")


def test_a_row_of_bybit_adds_up() -> None:
    assert is_bybit_row_consistent(
        change=Decimal("9.5"),
        cash_flow=Decimal(10),
        funding=Decimal("-0.1"),
        commission=Decimal("0.4"),
    )
    assert not is_bybit_row_consistent(
        change=Decimal(1), cash_flow=Decimal(1), funding=Decimal(1), commission=Decimal(0)
    )


amounts = st.decimals(min_value="-1000000", max_value="1000000", places=8)
trading = st.lists(
    st.builds(row, st.sampled_from(["REALIZED_PNL", "COMMISSION", "FUNDING_FEE"]), amounts)
)
flows = st.lists(st.builds(row, st.sampled_from(["TRANSFER", "WELCOME_BONUS"]), amounts))


def fee_on(rows: Iterable[LedgerRowReport]) -> Decimal:
    performance = totals(BINANCE, rows, asset="USDT").performance
    return crystallise(net_profit=performance, high_water_mark=Decimal(0), rate=Decimal("0.3")).fee


@given(traded=trading, moved=flows)
def test_money_moving_in_or_out_changes_no_fee(
    traded: list[LedgerRowReport], moved: list[LedgerRowReport]
) -> None:
    assert fee_on([*traded, *moved]) == fee_on(traded)
    assert fee_on(moved) == 0
