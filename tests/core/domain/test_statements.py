from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.ledger import CLASSIFICATION, LedgerRowReport
from patriot_app.core.domain.statements import Bridge, BridgeLine, bridge
from tests.factories.market import MARKET_NOW

amounts = st.decimals(min_value="-100000", max_value="100000", places=8)


def row(row_type: str, amount: Decimal) -> LedgerRowReport:
    return LedgerRowReport(row_type, "1", "BTCUSDT", "USDT", amount, MARKET_NOW)


def bridge_of(
    rows: list[LedgerRowReport], *, closing: Decimal, exchange: Exchange = Exchange.BINANCE
) -> Bridge:
    return bridge(
        exchange,
        rows,
        asset="USDT",
        opening_equity=Decimal(1_000),
        closing_equity=closing,
        opening_unrealised=Decimal(0),
        closing_unrealised=Decimal(-50),
    )


def test_every_row_finds_its_line() -> None:
    rows = [
        row("TRANSFER", Decimal(500)),
        row("TRANSFER", Decimal(-200)),
        row("REALIZED_PNL", Decimal(100)),
        row("FUNDING_FEE", Decimal(-3)),
        row("COMMISSION", Decimal(-2)),
        row("API_REBATE", Decimal(1)),
        row("WELCOME_BONUS", Decimal(5)),
    ]
    built = bridge_of(rows, closing=Decimal(1_351))
    assert built.difference == 0
    assert built.amounts == {
        BridgeLine.DEPOSITS: 500,
        BridgeLine.WITHDRAWALS: -200,
        BridgeLine.REALISED: 100,
        BridgeLine.FUNDING: -3,
        BridgeLine.COMMISSION: -1,
        BridgeLine.OTHER: 5,
        BridgeLine.UNREALISED_CHANGE: -50,
    }


def test_what_no_row_explains_is_shown() -> None:
    assert bridge_of([], closing=Decimal("950.01")).difference == Decimal("0.01")


@given(exchange=st.sampled_from(Exchange), data=st.data())
def test_a_bridge_over_all_rows_leaves_no_difference(
    exchange: Exchange, data: st.DataObject
) -> None:
    types = st.sampled_from([*CLASSIFICATION[exchange], "NEVER_SEEN"])
    rows = data.draw(st.lists(st.builds(row, types, amounts), max_size=20))
    closing = 1_000 - 50 + sum((each.amount for each in rows), Decimal(0))
    assert bridge_of(rows, closing=closing, exchange=exchange).difference == 0
