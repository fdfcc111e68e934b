"""What happens when the insurance fund cannot pay a bankrupt position's loss."""

from decimal import Decimal

import pytest
from aiohttp import ClientSession
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.paper_exchange.accounts import Account, LedgerType, MarginMode, Permissions, Position
from daemon.paper_exchange.clock import MarketClock
from daemon.paper_exchange.commands import CreateAccount, SetInsuranceFund, SetMarginMode
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.events import Event, OrderUpdate
from daemon.paper_exchange.instruments import INSTRUMENTS
from daemon.paper_exchange.profiles import PROFILES
from daemon.paper_exchange.timed import TimedPrice, TimedSource
from tests.paper import running_paper_exchange
from tests.paper_exchange.binance_desk import opened, raw_client, receive_event
from tests.paper_exchange.bookkeeping import check_books, check_conservation
from tests.paper_exchange.bybit_desk import Client, running_desk
from tests.paper_exchange.trading_floor import open_floor, write_script

START = 1_748_822_400_000
DUST = Decimal("0.000001")


def open_engine(*, fund: str = "0") -> Engine:
    """Open an engine at 60,000 USDT without funding, so that the mark price is the last one."""
    source = TimedSource([TimedPrice(START, "BTCUSDT", Decimal(60_000), funding_rate=Decimal(0))])
    engine = Engine(
        profile=PROFILES["binance"],
        instruments=INSTRUMENTS["binance"],
        source=source,
        clock=MarketClock(market_ms=START, paused=True),
    )
    engine.command(SetInsuranceFund(amount=Decimal(fund)))
    return engine


def hold(engine: Engine, key: str, money: str, quantity: str, entry: str = "60000") -> Account:
    """Open an account that has a position."""
    command = CreateAccount(
        api_key=key,
        api_secret="secret",
        label="",
        balance=Decimal(money),
        permissions=Permissions(),
    )
    account = engine.create_account(command)
    position = Position(symbol="BTCUSDT", quantity=Decimal(quantity), entry_price=Decimal(entry))
    account.positions["BTCUSDT"] = position
    engine.state.index_position(account, "BTCUSDT")
    return account


def worked_example(*, fund: str = "0") -> tuple[Engine, dict[str, Account]]:
    """Return a long position of 1 BTC with 4,000 USDT behind it, against five short ones.

    At 54,000 it lacks 2,000 USDT; closed at 60,000 - 4,000 = 56,000 nothing is left or lacking.
    The queue, by profit on the entry value times leverage:

    * steep: 4,000 / 58,000 x 27,000 / (2,000 + 2,000) = 0.4655
    * lean: 6,000 / 60,000 x 16,200 / (2,000 + 1,800) = 0.4263
    * rich: 6,000 / 60,000 x 21,600 / (10,000 + 2,400) = 0.1742
    * idle: 1,000 / 55,000 x 10,800 / (20,000 + 200) = 0.0097
    * late is short from 50,000 and has no profit.
    """
    engine = open_engine(fund=fund)
    rows = {
        "broke": ("4000", "1", "60000"),
        "rich": ("10000", "-0.4", "60000"),
        "lean": ("2000", "-0.3", "60000"),
        "steep": ("2000", "-0.5", "58000"),
        "idle": ("20000", "-0.2", "55000"),
        "late": ("9000", "-0.5", "50000"),
    }
    return engine, {key: hold(engine, key, *row) for key, row in rows.items()}


def test_a_drained_fund_deleverages_the_most_profitable_and_leveraged_positions_first() -> None:
    engine, who = worked_example()
    engine.set_price("BTCUSDT", Decimal(54_000))
    left = {key: account.quantity_of("BTCUSDT") for key, account in who.items()}
    assert left == {
        "broke": 0,
        "steep": 0,
        "lean": 0,
        "rich": Decimal("-0.2"),
        "idle": Decimal("-0.2"),
        "late": Decimal("-0.5"),
    }
    # Profit at 56,000: (58,000 - 56,000) x 0.5, 4,000 x 0.3 and 4,000 x 0.2; nobody pays a fee.
    wallets = {key: account.wallet_balance for key, account in who.items()}
    assert wallets == {
        "broke": 0,
        "steep": 3000,
        "lean": 3200,
        "rich": 10_800,
        "idle": 20_000,
        "late": 9000,
    }
    assert engine.state.house.insurance_fund == 0
    trades = [trade for account in who.values() for trade in account.trades]
    assert {trade.price for trade in trades} == {56_000}
    assert {trade.commission for trade in trades} == {0}


def test_the_orders_of_a_deleveraging_carry_the_exchange_s_own_ids() -> None:
    engine, who = worked_example()
    told: list[tuple[str, str, str]] = []

    def watch(event: Event) -> None:
        if isinstance(event, OrderUpdate) and event.trade is not None:
            told.append((event.account.api_key, event.what, event.order.client_order_id[:13]))

    engine.subscribe(watch)
    engine.set_price("BTCUSDT", Decimal(54_000))
    own = f"autoclose-{START}"[:13]
    pairs = [("broke", "CALCULATED", own)]
    assert told == [
        *pairs, ("steep", "CALCULATED", "adl_autoclose"),
        *pairs, ("lean", "CALCULATED", "adl_autoclose"),
        *pairs, ("rich", "CALCULATED", "adl_autoclose"),
    ]  # fmt: skip
    order = next(iter(who["broke"].orders.values()))
    assert (order.average_price, order.filled_quantity) == (56_000, 1)


def test_a_fund_that_can_pay_spares_the_others() -> None:
    engine, who = worked_example(fund="100000")
    engine.set_price("BTCUSDT", Decimal(54_000))
    assert who["broke"].quantity_of("BTCUSDT") == 0
    assert who["steep"].quantity_of("BTCUSDT") == Decimal("-0.5")
    (row,) = [r for r in who["broke"].ledger if r.type is LedgerType.INSURANCE_CLEAR]
    assert row.amount > 2000
    assert engine.state.house.insurance_fund == 100_000 - row.amount


def test_what_nobody_stands_against_is_closed_at_the_bankruptcy_price_all_the_same() -> None:
    engine = open_engine()
    broke = hold(engine, "broke", "4000", "1")
    other = hold(engine, "other", "4000", "-0.25")
    engine.set_price("BTCUSDT", Decimal(54_000))
    assert (broke.quantity_of("BTCUSDT"), broke.wallet_balance) == (0, 0)
    assert (other.quantity_of("BTCUSDT"), other.wallet_balance) == (0, 5000)
    assert [trade.quantity for trade in broke.trades] == [Decimal("0.25"), Decimal("0.75")]
    assert engine.state.house.insurance_fund == 0


def test_a_short_position_goes_bankrupt_upwards() -> None:
    engine = open_engine()
    broke = hold(engine, "broke", "4000", "-1")
    other = hold(engine, "other", "50000", "2")
    engine.set_price("BTCUSDT", Decimal(66_000))
    assert (broke.quantity_of("BTCUSDT"), broke.wallet_balance) == (0, 0)
    assert {trade.price for trade in other.trades} == {64_000}
    assert (other.quantity_of("BTCUSDT"), other.wallet_balance) == (1, 54_000)


def test_an_isolated_position_goes_bankrupt_by_its_own_wallet_alone() -> None:
    engine = open_engine()
    command = CreateAccount(
        api_key="broke",
        api_secret="secret",
        label="",
        balance=Decimal(9000),
        permissions=Permissions(),
    )
    broke = engine.create_account(command)
    engine.submit(broke, SetMarginMode(symbol="BTCUSDT", margin_mode=MarginMode.ISOLATED))
    hold(engine, "broke", "0", "1")
    broke.positions["BTCUSDT"].isolated_wallet = Decimal(3000)
    other = hold(engine, "other", "50000", "-2")
    engine.set_price("BTCUSDT", Decimal(54_000))
    assert {trade.price for trade in other.trades} == {57_000}
    assert (broke.wallet_balance, broke.cross_wallet) == (6000, 6000)


@given(st.integers(0, 1_000_000))
@settings(max_examples=20)
def test_the_books_balance_and_the_fund_is_never_overdrawn(seed: int) -> None:
    floor = open_floor(
        exchange=("binance", "bybit")[seed % 2],
        balances=("3000", "2500", "2000", "50000"),
        hedge_mode=seed % 3 == 0,
        isolated=seed % 5 < 2,
    )
    floor.engine.command(SetInsuranceFund(amount=Decimal(0)))
    for step in write_script(seed, 80):
        floor.work(step)
        for account in floor.accounts:
            check_books(account)
            assert account.wallet_balance >= 0
        check_conservation(floor)
        assert floor.engine.state.house.insurance_fund >= -DUST


@pytest.mark.parametrize("exchange", ["binance", "bybit"])
def test_a_whole_desk_on_one_side_is_deleveraged_into_the_book(exchange: str) -> None:
    floor = open_floor(exchange=exchange, balances=("1000",) * 8)
    floor.engine.command(SetInsuranceFund(amount=Decimal(0)))
    for who in range(8):
        floor.place(who, quantity=Decimal("0.15"))
    floor.move("-20")
    for account in floor.accounts:
        assert account.quantity_of("BTCUSDT") == 0
        assert 0 <= account.wallet_balance < Decimal("0.02")
        check_books(account)
    check_conservation(floor)
    assert floor.engine.state.house.insurance_fund >= -DUST


async def test_the_stream_and_the_records_of_an_account_tell_that_it_was_deleveraged() -> None:
    async with running_paper_exchange() as paper:
        await paper.create_account(api_key="short", balance="5000")
        await paper.create_account(api_key="long", balance="1200")
        drained = {"exchange": "binance", "amount": "0"}
        answer = await paper.control("POST", "/insurance", drained)
        assert Decimal(answer["insurance_fund"]) == 0
        words = {"symbol": "BTCUSDT", "type": "MARKET", "quantity": "0.2"}
        async with raw_client(paper, "short") as short, raw_client(paper, "long") as long:
            assert (await short.call("POST", "/fapi/v1/order", side="SELL", **words)).status == 200
            assert (await long.call("POST", "/fapi/v1/order", side="BUY", **words)).status == 200
            key = (await short.call("POST", "/fapi/v1/listenKey")).body["listenKey"]
            async with opened(paper, f"/private/ws/{key}") as socket:
                await paper.move_price("BTCUSDT", "-12")
                frame = await receive_event(socket, "ORDER_TRADE_UPDATE", x="CALCULATED")
            order = frame["o"]
            assert (order["c"], order["X"], order["S"], order["n"]) == (
                "adl_autoclose",
                "FILLED",
                "BUY",
                "0.00000000",
            )
            (row,) = (await short.call("GET", "/fapi/v1/forceOrders", autoCloseType="ADL")).body
            assert row["clientOrderId"] == "adl_autoclose"
            (gone,) = (await long.call("GET", "/fapi/v1/forceOrders")).body
            assert gone["clientOrderId"].startswith("autoclose-")
            fund = await short.send("GET", "/fapi/v1/insuranceBalance", "symbol=BTCUSDT")
            assert abs(Decimal(fund.body["assets"][0]["marginBalance"])) < 1
            risk = await short.send("GET", "/fapi/v1/symbolAdlRisk", "symbol=BTCUSDT")
            assert risk.body["adlRisk"] == "high"


async def test_bybit_lists_a_deleveraging_as_its_own_kind_of_trade() -> None:
    async with running_desk() as desk, ClientSession() as session:
        short = Client(desk, session, desk.open_account(key="short", balance="5000"))
        long = Client(desk, session, desk.open_account(key="long", balance="2200"))
        desk.engine.command(SetInsuranceFund(amount=Decimal(0)))
        await short.placed(side="Sell", qty="0.2")
        await long.placed(side="Buy", qty="0.2")
        desk.move("88000")
        (deleveraged,) = await short.rows("/v5/execution/list", execType="AdlTrade")
        assert (deleveraged["createType"], deleveraged["execFee"]) == (
            "CreateByAdl_PassThrough",
            "0",
        )
        assert (deleveraged["side"], deleveraged["execQty"]) == ("Buy", "0.2")
        (bust,) = await long.rows("/v5/execution/list", execType="BustTrade")
        assert bust["execPrice"] == deleveraged["execPrice"]
        for client in (short, long):
            rows = await client.rows("/v5/position/list", symbol="BTCUSDT")
            assert [row["size"] for row in rows] == ["0"]
