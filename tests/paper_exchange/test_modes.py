"""Position modes, margin modes and the orders that depend on them."""

from decimal import Decimal
from typing import Any

import pytest

from daemon.paper_exchange.accounts import LedgerType, MarginMode
from daemon.paper_exchange.commands import (
    AdjustMargin,
    ChangeInstrument,
    Deleverage,
    Liquidate,
    SetFeeTier,
    SetHedgeMode,
    SetLeverage,
    SetMarginMode,
)
from daemon.paper_exchange.deleveraging import deleveraging_quantile
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.margin import liquidation_price
from daemon.paper_exchange.orders import (
    ConditionalRequest,
    Direction,
    OrderKind,
    OrderRequest,
    OrderStatus,
    PositionSide,
    Side,
    TimeInForce,
    TriggerStatus,
)
from daemon.paper_exchange.refusals import Reason, Refused
from tests.paper_exchange.trading_floor import Floor, open_floor

LONG, SHORT = PositionSide.LONG, PositionSide.SHORT


def refusal(work: Any, *arguments: Any, **words: Any) -> Reason:
    with pytest.raises(Refused) as caught:
        work(*arguments, **words)
    return caught.value.reason


def stop(floor: Floor, **wanted: Any) -> Any:
    """Place a stop that sells 0.05 BTC at a tenth below the price, unless other words are given."""
    market = floor.engine.market("BTCUSDT")
    order_words = {"position_side", "good_till_ms", "time_in_force", "side"} & set(wanted)
    order: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "side": Side.SELL,
        "kind": OrderKind.MARKET,
        "quantity": Decimal(0) if wanted.get("close_position") else Decimal("0.05"),
        "labels": {"type": "STOP_MARKET"},
        **{word: wanted.pop(word) for word in order_words},
    }
    words: dict[str, Any] = {
        "trigger_price": market.round_to_tick(market.last_price * 9 / 10),
        "direction": Direction.FALLING,
        **wanted,
    }
    request = ConditionalRequest(order=OrderRequest(**order), **words)
    return floor.engine.place_conditional(floor.accounts[0], request)


def test_hedge_mode_holds_a_long_and_a_short_position_of_one_contract() -> None:
    floor = open_floor(hedge_mode=True)
    floor.place(position_side=LONG)
    floor.place(side=Side.SELL, position_side=SHORT, quantity=Decimal("0.02"))
    account = floor.accounts[0]
    assert account.quantity_of("BTCUSDT", LONG) == Decimal("0.05")
    assert account.quantity_of("BTCUSDT", SHORT) == Decimal("-0.02")
    floor.place(side=Side.SELL, position_side=LONG, quantity=Decimal("0.03"))
    assert account.quantity_of("BTCUSDT", LONG) == Decimal("0.02")
    assert set(account.positions) == {"BTCUSDT:LONG", "BTCUSDT:SHORT"}


def test_in_hedge_mode_an_order_against_its_position_can_only_close_it() -> None:
    floor = open_floor(hedge_mode=True)
    close = {"side": Side.SELL, "position_side": LONG}
    assert refusal(floor.place, **close) is Reason.REDUCE_ONLY_REJECTED
    floor.place(position_side=LONG)
    assert refusal(floor.place, quantity=Decimal("0.06"), **close) is Reason.REDUCE_ONLY_REJECTED


def test_an_order_names_the_position_that_the_account_s_mode_has() -> None:
    hedged, plain = open_floor(hedge_mode=True), open_floor()
    assert refusal(hedged.place) is Reason.POSITION_SIDE_MISMATCH
    assert refusal(plain.place, position_side=LONG) is Reason.POSITION_SIDE_MISMATCH
    assert refusal(stop, plain, position_side=LONG) is Reason.POSITION_SIDE_MISMATCH


def test_a_position_mode_changes_only_in_a_flat_account_without_orders() -> None:
    floor = open_floor()
    account, engine = floor.accounts[0], floor.engine
    wanted = SetHedgeMode(hedge_mode=True)
    resting = floor.place(price=engine.market("BTCUSDT").last_price - 100)
    assert refusal(engine.submit, account, wanted) is Reason.HAS_OPEN_ORDERS
    engine.cancel_order(account, resting.order_id)
    floor.place()
    assert refusal(engine.submit, account, wanted) is Reason.HAS_POSITION
    floor.place(side=Side.SELL)
    engine.submit(account, wanted)
    assert refusal(engine.submit, account, wanted) is Reason.POSITION_MODE_UNCHANGED


def test_a_stop_of_hedge_mode_closes_its_own_position_and_not_the_other() -> None:
    floor = open_floor(hedge_mode=True)
    floor.place(position_side=LONG)
    floor.place(side=Side.SELL, position_side=SHORT)
    waiting = stop(floor, position_side=LONG, close_position=True)
    floor.move("-11")
    assert waiting.status is TriggerStatus.FINISHED
    assert floor.accounts[0].quantity_of("BTCUSDT", LONG) == 0
    assert floor.accounts[0].quantity_of("BTCUSDT", SHORT) == Decimal("-0.05")


def test_a_margin_mode_changes_only_without_orders_and_position() -> None:
    floor = open_floor()
    account, engine = floor.accounts[0], floor.engine
    wanted = SetMarginMode(symbol="BTCUSDT", margin_mode=MarginMode.ISOLATED)
    waiting = stop(floor)
    assert refusal(engine.submit, account, wanted) is Reason.MARGIN_MODE_HAS_ORDERS
    engine.cancel_conditional(account, waiting.conditional_id)
    floor.place()
    assert refusal(engine.submit, account, wanted) is Reason.MARGIN_MODE_HAS_POSITION
    other = SetMarginMode(symbol="SOLUSDT", margin_mode=MarginMode.ISOLATED)
    engine.submit(account, other)
    assert refusal(engine.submit, account, other) is Reason.MARGIN_MODE_UNCHANGED
    assert account.is_isolated("SOLUSDT")
    assert not account.is_isolated("BTCUSDT")


def test_opening_isolates_the_initial_margin_and_closing_gives_it_back() -> None:
    floor = open_floor(isolated=True)
    account = floor.accounts[0]
    floor.place()
    position = account.positions["BTCUSDT"]
    assert position.isolated_wallet == position.entry_price * Decimal("0.05") / 20
    assert account.cross_wallet == account.wallet_balance - position.isolated_wallet
    whole = position.isolated_wallet
    floor.place(side=Side.SELL, quantity=Decimal("0.02"))
    assert position.isolated_wallet == whole * 3 / 5
    floor.place(side=Side.SELL, quantity=Decimal("0.03"))
    assert position.isolated_wallet == 0
    assert account.cross_wallet == account.wallet_balance


def test_margin_is_added_to_and_taken_from_an_isolated_position_within_what_is_free() -> None:
    floor = open_floor(isolated=True)
    account, engine = floor.accounts[1], floor.engine

    def adjust(amount: str) -> Any:
        command = AdjustMargin(symbol="BTCUSDT", amount=Decimal(amount))
        return engine.submit(account, command)

    assert refusal(adjust, "10") is Reason.NO_POSITION
    floor.place(1)
    before = account.positions["BTCUSDT"].isolated_wallet
    assert adjust("100.123456789") == Decimal("100.12345678")
    assert account.positions["BTCUSDT"].isolated_wallet == before + Decimal("100.12345678")
    assert refusal(adjust, "5000") is Reason.CROSS_BALANCE_TOO_SMALL
    assert refusal(adjust, "-150") is Reason.ISOLATED_BALANCE_TOO_SMALL
    adjust("-50")
    assert account.positions["BTCUSDT"].isolated_wallet == before + Decimal("50.12345678")
    plain = open_floor()
    plain.place()
    command = AdjustMargin(symbol="BTCUSDT", amount=Decimal(1))
    assert refusal(plain.engine.submit, plain.accounts[0], command) is Reason.NOT_ISOLATED


def test_an_isolated_position_is_liquidated_alone_and_costs_at_most_its_margin() -> None:
    floor = open_floor(isolated=True)
    account = floor.accounts[0]
    floor.place(symbol="SOLUSDT", quantity=Decimal(50))
    floor.place()
    position = account.positions["BTCUSDT"]
    margin = position.isolated_wallet
    rest = account.cross_wallet
    floor.move("-8")
    assert position.quantity == 0
    assert account.quantity_of("SOLUSDT") == Decimal(50)
    assert account.cross_wallet == rest
    assert margin > 0
    last = max(account.orders.values(), key=lambda order: order.order_id)
    assert last.client_order_id.startswith("autoclose-")
    house = floor.engine.state.house
    assert house.insurance_fund < house.insurance_capital


def test_the_liquidation_price_of_an_isolated_position_is_where_it_is_liquidated() -> None:
    floor = open_floor(isolated=True)
    account, engine = floor.accounts[0], floor.engine
    floor.place()
    price = liquidation_price(engine.state, account, "BTCUSDT", engine.margin(account))
    # The worked formula of an isolated long position in the first bracket of 0.4 %.
    position = account.positions["BTCUSDT"]
    worked = (position.isolated_wallet - position.quantity * position.entry_price) / (
        position.quantity * Decimal("0.004") - position.quantity
    )
    assert price == worked
    tick = Decimal("0.1")
    ratio = engine.market("BTCUSDT").mark_price / engine.market("BTCUSDT").last_price
    engine.set_price("BTCUSDT", price / ratio + 2 * tick)
    assert position.quantity
    engine.set_price("BTCUSDT", price / ratio - 2 * tick)
    assert not position.quantity


def test_the_liquidation_price_of_a_hedged_pair_counts_both_positions() -> None:
    floor = open_floor(hedge_mode=True, balances=("1000",))
    account, engine = floor.accounts[0], floor.engine
    floor.place(position_side=LONG, quantity=Decimal("0.1"))
    floor.place(position_side=SHORT, side=Side.SELL, quantity=Decimal("0.04"))
    margin = engine.margin(account)
    long_price = liquidation_price(engine.state, account, "BTCUSDT:LONG", margin)
    assert long_price == liquidation_price(engine.state, account, "BTCUSDT:SHORT", margin)
    entry, other = (account.positions[f"BTCUSDT:{side}"].entry_price for side in (LONG, SHORT))
    worked = (account.wallet_balance - Decimal("0.1") * entry + Decimal("0.04") * other) / (
        Decimal("0.14") * Decimal("0.004") - Decimal("0.1") + Decimal("0.04")
    )
    assert long_price == worked


def test_the_leverage_of_an_isolated_position_is_not_lowered() -> None:
    floor = open_floor(isolated=True)
    account, engine = floor.accounts[0], floor.engine
    floor.place()
    lower = SetLeverage(symbol="BTCUSDT", leverage=10)
    assert refusal(engine.submit, account, lower) is Reason.LEVERAGE_BELOW_ISOLATED
    assert engine.submit(account, SetLeverage(symbol="BTCUSDT", leverage=40)) == 40


def test_an_isolated_position_pays_funding_from_its_own_wallet() -> None:
    floor = open_floor(isolated=True)
    account = floor.accounts[0]
    floor.place()
    rest = account.cross_wallet
    floor.pass_time(8 * 3600)
    rows = [row for row in account.ledger if row.type is LedgerType.FUNDING]
    assert len(rows) == 1
    assert account.cross_wallet == rest


def test_a_dated_order_expires_when_market_time_reaches_its_date() -> None:
    floor = open_floor()
    now_ms = floor.clock.now_ms()
    low = floor.engine.market("BTCUSDT").last_price * 9 / 10
    words = {
        "price": floor.engine.market("BTCUSDT").round_to_tick(low),
        "time_in_force": TimeInForce.GTD,
    }
    assert refusal(floor.place, **words) is Reason.GOOD_TILL_INVALID
    order = floor.place(good_till_ms=now_ms + 900_000, **words)
    waiting = stop(floor, time_in_force=TimeInForce.GTD, good_till_ms=now_ms + 900_000)
    floor.pass_time(899)
    assert order.status is OrderStatus.NEW
    floor.pass_time(1)
    assert order.status is OrderStatus.EXPIRED
    assert waiting.status is TriggerStatus.EXPIRED
    assert order.updated_ms == now_ms + 900_000
    assert not floor.engine.state.dated


@pytest.mark.parametrize("distance", [{"callback_rate": "0.01"}, {"callback_distance": "1000"}])
def test_a_trailing_stop_starts_at_its_activation_price(distance: dict[str, str]) -> None:
    floor = open_floor()
    floor.place()
    market = floor.engine.market("BTCUSDT")
    start = market.round_to_tick(market.last_price * Decimal("1.02"))
    words = {name: Decimal(value) for name, value in distance.items()}
    trailing = stop(floor, trigger_price=Decimal(0), activation_price=start, **words)
    floor.move("-3")
    assert trailing.status is TriggerStatus.WAITING
    floor.move("6")
    assert trailing.extreme_price == market.last_price
    floor.move("-2")
    assert trailing.status is TriggerStatus.FINISHED


def test_a_trailing_stop_out_of_range_is_refused() -> None:
    floor = open_floor()
    below = floor.engine.market("BTCUSDT").round_to_tick(Decimal(90_000))
    nothing = Decimal(0)
    rate = {"trigger_price": nothing, "callback_rate": Decimal("0.11")}
    assert refusal(stop, floor, **rate) is Reason.CALLBACK_INVALID
    passed = {
        "trigger_price": nothing,
        "callback_rate": Decimal("0.01"),
        "activation_price": below,
    }
    assert refusal(stop, floor, **passed) is Reason.TRIGGERS_IMMEDIATELY


def test_binance_lets_one_order_close_the_whole_position_in_each_direction() -> None:
    floor = open_floor()
    floor.place()
    stop(floor, close_position=True)
    assert refusal(stop, floor, close_position=True) is Reason.CLOSE_POSITION_EXISTS
    above = floor.engine.market("BTCUSDT").round_to_tick(
        floor.engine.market("BTCUSDT").last_price * 11 / 10
    )
    stop(floor, close_position=True, direction=Direction.RISING, trigger_price=above)
    assert len(floor.accounts[0].open_conditionals) == 2


def test_the_exchanges_limit_the_orders_that_wait() -> None:
    binance, bybit = open_floor(), open_floor(exchange="bybit")
    for _ in range(10):
        stop(bybit)
    assert refusal(stop, bybit) is Reason.TOO_MANY_CONDITIONALS
    stop(bybit, expires_with_position=True)
    for _ in range(200):
        stop(binance)
    assert refusal(stop, binance) is Reason.TOO_MANY_CONDITIONALS


@pytest.mark.parametrize(("exchange", "most"), [("binance", 200), ("bybit", 500)])
def test_the_exchanges_limit_the_open_orders_of_a_contract(exchange: str, most: int) -> None:
    floor = open_floor(exchange=exchange, balances=("1000000",))
    price = floor.engine.market("BTCUSDT").last_price - 1000
    words = {"price": price, "quantity": Decimal("0.002")}
    for _ in range(most):
        floor.place(**words)
    assert refusal(floor.place, **words) is Reason.TOO_MANY_ORDERS
    floor.place(symbol="SOLUSDT", quantity=Decimal(1))


def test_commission_follows_the_account_s_tier() -> None:
    floor = open_floor()
    account = floor.accounts[0]
    floor.engine.submit(account, SetFeeTier(tier=9))
    floor.place()
    trade = account.trades[-1]
    exact = trade.notional * Decimal("0.00017")
    assert trade.commission <= exact < trade.commission + Decimal("0.00000001")
    high = SetFeeTier(tier=10)
    assert refusal(floor.engine.submit, account, high) is Reason.FEE_TIER_UNKNOWN


def test_deleveraging_closes_the_position_under_the_exchange_s_own_id() -> None:
    floor = open_floor()
    account, engine = floor.accounts[0], floor.engine
    floor.place()
    floor.place(1, quantity=Decimal("0.5"))
    floor.move("3")
    positions = [account.positions["BTCUSDT"] for account in floor.accounts]
    queue = [
        deleveraging_quantile(engine.state, *pair)
        for pair in zip(floor.accounts, positions, strict=True)
    ]
    assert queue == [2, 4]
    order = engine.submit(account, Deleverage(symbol="BTCUSDT"))
    assert order.client_order_id == "adl_autoclose"
    assert account.quantity_of("BTCUSDT") == 0
    command = Deleverage(symbol="BTCUSDT")
    assert refusal(engine.submit, account, command) is Reason.NO_POSITION


def test_a_commanded_liquidation_takes_the_fee_for_the_insurance_fund() -> None:
    floor = open_floor()
    account = floor.accounts[0]
    floor.place()
    floor.engine.submit(account, Liquidate())
    row = account.ledger[-1]
    assert row.type is LedgerType.INSURANCE_CLEAR
    closed = account.trades[-1].notional
    assert -row.amount == (closed * Decimal("0.0125")).quantize(Decimal("1E-8"), "ROUND_DOWN")
    house = floor.engine.state.house
    assert house.insurance_fund - house.insurance_capital == -row.amount


def change(engine: Engine, *, trading: bool = True, **values: str) -> None:
    exact = {name: Decimal(value) for name, value in values.items()}
    engine.change_instrument(ChangeInstrument(symbol="BTCUSDT", values=exact, trading=trading))


def test_changed_filters_hold_for_the_next_order_and_the_next_price() -> None:
    floor = open_floor()
    change(floor.engine, tick_size="5", step_size="0.01", min_quantity="0.01")
    market = floor.engine.market("BTCUSDT")
    assert market.last_price % 5 == 0
    assert refusal(floor.place, quantity=Decimal("0.055")) is Reason.QUANTITY_TOO_PRECISE
    off_grid = market.last_price - 1
    assert refusal(floor.place, price=off_grid) is Reason.PRICE_OFF_TICK
    floor.pass_time(60)
    assert market.last_price % 5 == 0
    with pytest.raises(ValueError, match="not a filter"):
        change(floor.engine, base="1")


def test_a_delisted_contract_settles_its_positions_and_takes_no_orders() -> None:
    floor = open_floor()
    floor.place()
    resting = floor.place(price=floor.engine.market("BTCUSDT").last_price - 100)
    change(floor.engine, trading=False)
    assert resting.status is OrderStatus.CANCELED
    assert floor.accounts[0].quantity_of("BTCUSDT") == 0
    last = max(floor.accounts[0].orders.values(), key=lambda order: order.order_id)
    assert last.client_order_id.startswith("settlement_autoclose-")
    assert refusal(floor.place) is Reason.NOT_TRADING
    assert refusal(stop, floor) is Reason.NOT_TRADING
