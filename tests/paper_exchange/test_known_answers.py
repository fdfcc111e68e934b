"""Margin, liquidation price, funding and rounding against numbers worked out elsewhere."""

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.paper_exchange.accounts import Account, LedgerType, Permissions, Position
from daemon.paper_exchange.binance.holdings import break_even
from daemon.paper_exchange.clock import MarketClock
from daemon.paper_exchange.commands import CreateAccount
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.instruments import INSTRUMENTS, Bracket, InstrumentSpec
from daemon.paper_exchange.ledger import truncate_money
from daemon.paper_exchange.margin import (
    initial_margin,
    largest_notional,
    liquidation_price,
    maintenance_margin,
)
from daemon.paper_exchange.profiles import PROFILES
from daemon.paper_exchange.timed import TimedPrice, TimedSource

START = 1_748_822_400_000


def bracketed(symbol: str, *, rate: str, cumulative: str) -> InstrumentSpec:
    """Return a contract with one bracket, since the worked examples name no others."""
    bracket = Bracket(
        floor=Decimal(0),
        cap=Decimal(10**12),
        max_leverage=Decimal(20),
        maintenance_rate=Decimal(rate),
        cumulative=Decimal(cumulative),
    )
    return replace(INSTRUMENTS["binance"][symbol], brackets=(bracket,))


def open_engine(prices: dict[str, str], specs: dict[str, InstrumentSpec]) -> tuple[Engine, Account]:
    """Open an engine at fixed prices without funding, so that the mark price is the last one."""
    source = TimedSource(
        TimedPrice(START, symbol, Decimal(price), funding_rate=Decimal(0))
        for symbol, price in prices.items()
    )
    engine = Engine(
        profile=PROFILES["binance"],
        instruments=specs,
        source=source,
        clock=MarketClock(market_ms=START, paused=True),
    )
    account = engine.create_account(
        CreateAccount(
            api_key="key",
            api_secret="secret",
            label="",
            balance=Decimal("1535443.01"),
            permissions=Permissions(),
        )
    )
    return engine, account


def hold(account: Account, symbol: str, quantity: str, entry: str) -> None:
    account.positions[symbol] = Position(
        symbol=symbol, quantity=Decimal(quantity), entry_price=Decimal(entry)
    )


def test_binance_s_worked_example_of_two_cross_positions() -> None:
    """The example of Binance's article on liquidation prices, number by number.

    Source: https://www.binance.com/en/support/faq/b3c689c1f50a44cabb3a84e663b81d93
    """
    specs = {
        "ETHUSDT": bracketed("ETHUSDT", rate="0.1", cumulative="135365"),
        "BTCUSDT": bracketed("BTCUSDT", rate="0.025", cumulative="16300"),
    }
    engine, account = open_engine({"ETHUSDT": "1335.18", "BTCUSDT": "31967.3"}, specs)
    hold(account, "ETHUSDT", "3683.979", "1456.84")
    hold(account, "BTCUSDT", "109.488", "32481.98")
    # The article's mark price of 31967.27 lies between two ticks.
    engine.market("BTCUSDT").last_price = Decimal("31967.27")
    margin = engine.margin(account)
    assert round(margin.symbols["ETHUSDT"].maintenance, 3) == Decimal("356512.508")
    assert round(margin.symbols["BTCUSDT"].maintenance, 5) == Decimal("71200.81144")
    assert round(margin.symbols["ETHUSDT"].unrealised_pnl, 2) == Decimal("-448192.89")
    assert round(margin.symbols["BTCUSDT"].unrealised_pnl, 2) == Decimal("-56354.57")
    prices = [
        round(liquidation_price(engine.state, account, symbol, margin), 2)
        for symbol in ("ETHUSDT", "BTCUSDT")
    ]
    assert prices == [Decimal("1153.26"), Decimal("26316.89")]


def test_money_is_cut_and_not_rounded_as_recorded_on_the_live_exchange() -> None:
    spec = INSTRUMENTS["binance"]["BTCUSDT"]
    exact = maintenance_margin(spec, Decimal("607.5241667875"))
    assert exact == Decimal("2.43009666715")
    assert truncate_money(exact) == Decimal("2.43009666")
    assert truncate_money(-exact) == Decimal("-2.43009666")


@pytest.mark.parametrize(
    ("quantity", "wanted"), [("0.5", "64732.35"), ("-0.5", "64667.65")], ids=["long", "short"]
)
def test_the_break_even_price_carries_one_commission(quantity: str, wanted: str) -> None:
    position = Position(symbol="BTCUSDT", quantity=Decimal(quantity), entry_price=Decimal("64700"))
    assert break_even(position) == Decimal(wanted)


@pytest.mark.parametrize(
    ("notional", "wanted"),
    [
        # Rate times notional less the cumulative amount of the bracket, on both sides of a step.
        ("100000", "400"),
        ("299999", "1199.996"),
        ("300000", "1200"),
        ("500000", "2200"),
        ("2000000", "11500"),
        ("20000000", "268000"),
    ],
)
def test_maintenance_margin_follows_the_brackets_without_a_jump(notional: str, wanted: str) -> None:
    spec = INSTRUMENTS["binance"]["BTCUSDT"]
    assert maintenance_margin(spec, Decimal(notional)) == Decimal(wanted)


@pytest.mark.parametrize("exchange", ["binance", "bybit"])
def test_maintenance_margin_is_continuous_at_every_step(exchange: str) -> None:
    for spec in INSTRUMENTS[exchange].values():
        for bracket in spec.brackets[:-1]:
            below = bracket.cap * bracket.maintenance_rate - bracket.cumulative
            assert maintenance_margin(spec, bracket.cap) == below


def test_a_leverage_allows_the_notional_of_its_bracket() -> None:
    spec = INSTRUMENTS["binance"]["BTCUSDT"]
    allowed = [largest_notional(spec, leverage) for leverage in (150, 100, 50, 20, 1)]
    assert allowed == [300_000, 800_000, 12_000_000, 100_000_000, 1_800_000_000]


@pytest.mark.parametrize(
    ("position", "bids", "asks", "wanted"),
    [
        # A long of 1,000 with buys of 500 and sales of 800: the buys would lead to 1,500.
        ("1000", "500", "800", "150"),
        # Sales of 2,600 would turn it to a short of 1,600.
        ("1000", "500", "2600", "160"),
        ("0", "300", "400", "40"),
        ("-1000", "300", "0", "100"),
    ],
)
def test_initial_margin_is_that_of_the_dearer_end(
    position: str, bids: str, asks: str, wanted: str
) -> None:
    words = {"position": Decimal(position), "bids": Decimal(bids), "asks": Decimal(asks)}
    assert initial_margin(**words, leverage=10) == Decimal(wanted)


@pytest.mark.parametrize(
    ("quantity", "rate", "wanted"),
    [
        # A long pays a positive rate and a short gets it. A whole interval lies ahead, so the
        # mark price is 60,000 x (1 + rate): 60,006 x 0.123 x 0.0001.
        ("0.123", "0.0001", "-0.73807380"),
        ("-0.123", "0.0001", "0.73807380"),
        # 59,998.0002 x 0.123 x 0.00003333 = 0.2459672...
        ("0.123", "-0.00003333", "0.24596720"),
        # 60,000.0738 x 0.001 x 0.00000123 = 0.0000738000907..., cut.
        ("0.001", "0.00000123", "-0.00007380"),
    ],
)
def test_funding_is_charged_on_the_mark_price(quantity: str, rate: str, wanted: str) -> None:
    source = TimedSource(
        [
            TimedPrice(START, "BTCUSDT", Decimal(60_000), funding_rate=Decimal(rate)),
            TimedPrice(START + 9 * 3_600_000, "BTCUSDT", Decimal(60_000)),
        ]
    )
    clock = MarketClock(market_ms=START, paused=True)
    engine = Engine(
        profile=PROFILES["binance"],
        instruments=INSTRUMENTS["binance"],
        source=source,
        clock=clock,
    )
    account = engine.create_account(
        CreateAccount(
            api_key="key",
            api_secret="secret",
            label="",
            balance=Decimal(10_000),
            permissions=Permissions(),
        )
    )
    hold(account, "BTCUSDT", quantity, "60000")
    engine.state.index_position(account, "BTCUSDT")
    clock.set(market_ms=START + 8 * 3_600_000)
    engine.enter()
    (row,) = [row for row in account.ledger if row.type is LedgerType.FUNDING]
    assert row.amount == Decimal(wanted)
    assert account.wallet_balance == 10_000 + row.amount
