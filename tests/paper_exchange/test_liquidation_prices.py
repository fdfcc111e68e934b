"""Liquidation prices against a recorded one and against examples worked out by hand."""

from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

import pytest

from daemon.paper_exchange.accounts import Account, Permissions, Position
from daemon.paper_exchange.clock import MarketClock
from daemon.paper_exchange.commands import CreateAccount
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.instruments import INSTRUMENTS
from daemon.paper_exchange.margin import liquidation_price
from daemon.paper_exchange.profiles import PROFILES
from daemon.paper_exchange.timed import TimedPrice, TimedSource

START = 1_748_822_400_000
RECORDED = Decimal("64846.98753790")
"""The live exchange's price for 0.01 BTC sold short, in the bracket of 0.4 %."""
LATER = Decimal("64846.8317")
"""The formula's, from the account's snapshot that was taken seconds later."""

Holding = tuple[str, str, str]
"""Quantity, entry price, mark price."""


def open_engine(money: Decimal | str, holdings: dict[str, Holding]) -> tuple[Engine, Account]:
    """Hold positions in an engine without funding, so that the mark price is the last one."""
    engine = Engine(
        profile=PROFILES["binance"],
        instruments=INSTRUMENTS["binance"],
        source=TimedSource(
            TimedPrice(START, symbol, Decimal(mark), funding_rate=Decimal(0))
            for symbol, (_, _, mark) in holdings.items()
        ),
        clock=MarketClock(market_ms=START, paused=True),
    )
    command = CreateAccount(
        api_key="key",
        api_secret="secret",
        label="",
        balance=Decimal(money),
        permissions=Permissions(),
    )
    account = engine.create_account(command)
    for symbol, (quantity, entry, _) in holdings.items():
        account.positions[symbol] = Position(
            symbol=symbol, quantity=Decimal(quantity), entry_price=Decimal(entry)
        )
        engine.state.index_position(account, symbol)
    return engine, account


def shown_price(engine: Engine, account: Account, symbol: str = "BTCUSDT") -> Decimal:
    """Return the liquidation price as answers show it, cut to eight decimals."""
    exact = liquidation_price(engine.state, account, symbol, engine.margin(account))
    return exact.quantize(Decimal("1E-8"), rounding=ROUND_DOWN)


def wallet_behind(price: Decimal, entry: Decimal) -> Decimal:
    """Return the wallet with which 0.01 BTC short is at its maintenance margin at a price.

    There wallet + (entry - price) x 0.01 = price x 0.01 x 0.004.
    """
    return (price - entry) * Decimal("0.01") + price * Decimal("0.00004")


@pytest.mark.parametrize("entry", ["59000", "60752.4", "64700", "64846.9"])
def test_the_recorded_price_is_found_from_the_wallet_behind_it(entry: str) -> None:
    wallet = wallet_behind(RECORDED, Decimal(entry))
    engine, account = open_engine(wallet, {"BTCUSDT": ("-0.01", entry, "60752.4")})
    # The wallet's last digit is worth 1e-6 of price: what eight decimals of money can tell.
    assert abs(shown_price(engine, account) - RECORDED) < Decimal("0.000002")
    account.wallet_balance = wallet
    assert abs(shown_price(engine, account) - RECORDED) <= Decimal("0.00000001")


def test_the_snapshot_s_price_differs_by_a_sixth_of_a_cent_in_the_wallet() -> None:
    entry = Decimal("64700")
    wallets = [wallet_behind(price, entry) for price in (RECORDED, LATER)]
    assert round(wallets[0] - wallets[1], 6) == Decimal("0.001565")
    engine, account = open_engine(wallets[1], {"BTCUSDT": ("-0.01", "64700", "60752.4")})
    assert round(shown_price(engine, account), 4) == LATER


def test_the_figures_of_binance_s_own_sample_of_a_position() -> None:
    """30 ADA from 0.385 at a mark price of 0.4104759, leverage 20, in the bracket of 0.65 %.

    That was the first bracket when the sample was taken.
    """
    engine, account = open_engine("100", {"ADAUSDT": ("30", "0.385", "0.4104")})
    market = engine.market("ADAUSDT")
    market.last_price = Decimal("0.41047590")
    first = replace(market.spec.brackets[0], maintenance_rate=Decimal("0.0065"))
    market.spec = replace(market.spec, brackets=(first, *market.spec.brackets[1:]))
    own = engine.margin(account).symbols["ADAUSDT"]
    assert own.notional == Decimal("12.31427700")
    assert own.unrealised_pnl == Decimal("0.76427700")
    assert own.position_initial == Decimal("0.61571385")
    assert own.maintenance.quantize(Decimal("1E-8"), ROUND_DOWN) == Decimal("0.08004280")


THREE: dict[str, Holding] = {
    "BTCUSDT": ("12", "62000", "60000"),
    "ETHUSDT": ("-150", "3000", "3100"),
    "SOLUSDT": ("2000", "150", "155"),
}


def test_three_cross_positions_in_two_tiers_each_count_the_others() -> None:
    """100,000 USDT behind a long, a short and a long position.

    Notional, maintenance and profit:
    BTC 720,000 x 0.5 % - 300 = 3,300 and -24,000; ETH 465,000 x 0.5 % - 300 = 2,025 and -15,000;
    SOL 310,000 x 0.65 % - 75 = 1,940 and 10,000.
    What the others leave: BTC 100,000 - 3,965 - 5,000 = 91,035; ETH 100,000 - 5,240 - 14,000 =
    80,760; SOL 100,000 - 5,325 - 39,000 = 55,675.
    BTC (91,035 + 300 - 12 x 62,000) / (12 x 0.005 - 12) = -652,665 / -11.94;
    ETH (80,760 + 300 + 150 x 3,000) / (150 x 0.005 + 150) = 531,060 / 150.75;
    SOL (55,675 + 75 - 2,000 x 150) / (2,000 x 0.0065 - 2,000) = -244,250 / -1,987.
    """
    engine, account = open_engine("100000", THREE)
    margin = engine.margin(account)
    assert [margin.symbols[name].maintenance for name in THREE] == [3300, 2025, 1940]
    assert [margin.symbols[name].unrealised_pnl for name in THREE] == [-24_000, -15_000, 10_000]
    assert [shown_price(engine, account, name) for name in THREE] == [
        Decimal("54662.06030150"),
        Decimal("3522.78606965"),
        Decimal("122.92400603"),
    ]


@pytest.mark.parametrize(
    ("symbol", "safe", "sunk"),
    [
        ("BTCUSDT", "54662.1", "54662.0"),
        ("ETHUSDT", "3522.78", "3522.79"),
        ("SOLUSDT", "122.925", "122.923"),
    ],
)
def test_the_account_is_liquidated_at_each_of_these_prices(
    symbol: str, safe: str, sunk: str
) -> None:
    engine, account = open_engine("100000", THREE)
    engine.set_price(symbol, Decimal(safe))
    assert all(position.quantity for position in account.positions.values())
    engine.set_price(symbol, Decimal(sunk))
    assert not any(position.quantity for position in account.positions.values())


def test_a_price_beyond_a_step_of_the_brackets_moves_when_the_step_is_reached() -> None:
    """4.9 BTC short from 60,000 with 20,000 USDT: 294,000 lies below the step at 300,000.

    In the first bracket (20,000 + 294,000) / (4.9 x 1.004) = 63,826.327...; that is a notional of
    312,749, where the second holds: (20,000 + 300 + 294,000) / (4.9 x 1.005) = 63,823.738...
    """
    engine, account = open_engine("20000", {"BTCUSDT": ("-4.9", "60000", "60000")})
    assert shown_price(engine, account) == Decimal("63826.32734368")
    engine.set_price("BTCUSDT", Decimal(62_000))
    assert shown_price(engine, account) == Decimal("63823.73845060")
    engine.set_price("BTCUSDT", Decimal("63823.7"))
    assert account.quantity_of("BTCUSDT")
    engine.set_price("BTCUSDT", Decimal("63823.8"))
    assert not account.quantity_of("BTCUSDT")
