"""Every ledger row stands on one line of the statement."""

from decimal import Decimal

import pytest

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.ledger import LedgerClass, classify
from patriot_app.core.domain.statements import BridgeLine, line_of

L = BridgeLine


@pytest.mark.parametrize(
    ("exchange", "row_type", "amount", "line"),
    [
        (Exchange.BINANCE, "TRANSFER", 500, L.DEPOSITS),
        (Exchange.BINANCE, "TRANSFER", -200, L.WITHDRAWALS),
        (Exchange.BINANCE, "REALIZED_PNL", 100, L.REALISED),
        (Exchange.BINANCE, "FUNDING_FEE", -3, L.FUNDING),
        (Exchange.BINANCE, "COMMISSION", -2, L.COMMISSION),
        (Exchange.BINANCE, "API_REBATE", 1, L.COMMISSION),
        (Exchange.BINANCE, "WELCOME_BONUS", 5, L.OTHER),
        (Exchange.BYBIT, "TRADE", -7, L.REALISED),
        (Exchange.BYBIT, "SETTLEMENT", -1, L.FUNDING),
        (Exchange.BYBIT, "NEVER_SEEN", 1, L.OTHER),
    ],
)
def test_every_row_finds_its_line(
    exchange: Exchange, row_type: str, amount: int, line: BridgeLine
) -> None:
    assert line_of(row_type, classify(exchange, row_type), Decimal(amount)) is line


def test_a_type_that_a_person_classified_stands_where_its_meaning_belongs() -> None:
    assert line_of("NEVER_SEEN", LedgerClass.PERFORMANCE, Decimal(1)) is L.REALISED
    assert line_of("NEVER_SEEN", LedgerClass.EXTERNAL_FLOW, Decimal(-1)) is L.WITHDRAWALS
