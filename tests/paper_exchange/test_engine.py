"""Invariants that no sequence of inputs may break."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.paper_exchange.accounts import LedgerType
from daemon.paper_exchange.events import Event, OrderUpdate
from daemon.paper_exchange.orders import (
    ConditionalRequest,
    Direction,
    OrderKind,
    OrderRequest,
    OrderStatus,
    Side,
    TimeInForce,
    TriggerStatus,
)
from daemon.paper_exchange.refusals import Reason, Refused
from tests.paper_exchange.bookkeeping import check_books, check_conservation
from tests.paper_exchange.trading_floor import Floor, open_floor, write_script


def place(floor: Floor, **wanted: Any) -> Any:
    words: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "side": Side.BUY,
        "kind": OrderKind.MARKET,
        "quantity": Decimal("0.05"),
        "labels": {"type": "MARKET"},
    }
    if "price" in wanted:
        words["kind"] = OrderKind.LIMIT
    return floor.engine.place_order(floor.accounts[0], OrderRequest(**{**words, **wanted}))


class Watcher:
    """Follows the events and fails on a reduce-only fill that opens, or a total that shrinks."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        self.filled: dict[int, Decimal] = defaultdict(Decimal)

    def watch(self, event: Event) -> None:
        if not isinstance(event, OrderUpdate):
            return
        assert event.order.filled_quantity >= self.filled[event.order.order_id]
        self.filled[event.order.order_id] = event.order.filled_quantity
        if event.trade is None:
            return
        key = (event.account.api_key, event.order.position_key)
        before = self.held[key]
        self.held[key] += event.trade.quantity * event.trade.side.sign
        if event.order.reduces:
            assert abs(self.held[key]) < abs(before)
            assert self.held[key] * before >= 0


@given(st.integers(0, 1_000_000))
@settings(max_examples=25)
def test_the_books_balance_after_any_inputs(seed: int) -> None:
    floor = open_floor(
        exchange=("binance", "bybit")[seed % 2],
        hedge_mode=seed % 3 == 0,
        isolated=seed % 5 < 2,
    )
    floor.engine.subscribe(Watcher().watch)
    for number, step in enumerate(write_script(seed)):
        floor.work(step)
        if number % 10 == 9:
            for account in floor.accounts:
                check_books(account)
            check_conservation(floor)


def test_a_resting_order_above_what_is_offered_is_filled_in_parts() -> None:
    floor = open_floor(balances=("100000000",))
    price = floor.engine.market("BTCUSDT").last_price
    order = place(floor, quantity=Decimal(200), price=price - 10)
    floor.engine.set_price("BTCUSDT", price - 20)
    assert order.status is OrderStatus.PARTIALLY_FILLED
    for _ in range(200):
        floor.engine.set_price("BTCUSDT", price - 20)
    assert order.status is OrderStatus.FILLED
    assert len(floor.accounts[0].trades) > 3
    assert {trade.price for trade in floor.accounts[0].trades} == {price - 10}


def test_a_market_order_beyond_the_book_ends_with_its_rest_expired() -> None:
    floor = open_floor(balances=("100000000",))
    order = place(floor, quantity=Decimal(700))
    assert order.status is OrderStatus.EXPIRED
    assert 0 < order.filled_quantity < 700


def test_a_position_beyond_its_margin_is_liquidated_and_the_wallet_cleared() -> None:
    floor = open_floor(balances=("500",))
    place(floor, quantity=Decimal("0.09"))
    floor.engine.set_price("BTCUSDT", floor.engine.market("BTCUSDT").last_price * 9 / 10)
    account = floor.accounts[0]
    assert account.quantity_of("BTCUSDT") == 0
    assert account.wallet_balance == 0
    assert account.ledger[-1].type is LedgerType.INSURANCE_CLEAR
    last = max(account.orders.values(), key=lambda order: order.order_id)
    assert last.client_order_id.startswith("autoclose-")
    check_books(account)


def test_funding_is_the_position_at_the_mark_price_times_the_rate_cut_to_eight_decimals() -> None:
    floor = open_floor()
    place(floor)
    floor.pass_time(8 * 3600)
    rows = [row for row in floor.accounts[0].ledger if row.type is LedgerType.FUNDING]
    details = rows[0].details
    exact = -Decimal("0.05") * Decimal(details["mark_price"]) * Decimal(details["rate"])
    assert abs(rows[0].amount) <= abs(exact) < abs(rows[0].amount) + Decimal("0.00000001")
    assert rows[0].time_ms % (8 * 3_600_000) == 0


def test_a_trailing_stop_follows_the_price_and_closes_on_the_way_back() -> None:
    floor = open_floor()
    place(floor)
    market = floor.engine.market("BTCUSDT")
    trailing = floor.engine.place_conditional(
        floor.accounts[0],
        ConditionalRequest(
            order=OrderRequest(
                symbol="BTCUSDT",
                side=Side.SELL,
                kind=OrderKind.MARKET,
                quantity=Decimal("0.05"),
                reduce_only=True,
                labels={"type": "TRAILING_STOP_MARKET"},
            ),
            trigger_price=Decimal(0),
            direction=Direction.FALLING,
            callback_rate=Decimal("0.01"),
        ),
    )
    peak = market.last_price * Decimal("1.05")
    floor.engine.set_price("BTCUSDT", peak)
    floor.engine.set_price("BTCUSDT", peak * Decimal("0.995"))
    assert trailing.status is TriggerStatus.WAITING
    floor.engine.set_price("BTCUSDT", peak * Decimal("0.985"))
    assert trailing.status is TriggerStatus.FINISHED
    assert floor.accounts[0].quantity_of("BTCUSDT") == 0


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"quantity": Decimal("0.0005")}, Reason.QUANTITY_TOO_PRECISE),
        ({"quantity": Decimal(0)}, Reason.QUANTITY_NOT_POSITIVE),
        ({"quantity": Decimal(1200)}, Reason.QUANTITY_ABOVE_MAX),
        ({"quantity": Decimal("0.001")}, Reason.NOTIONAL_BELOW_MIN),
        ({"quantity": Decimal(80)}, Reason.INSUFFICIENT_MARGIN),
        ({"reduce_only": True, "side": Side.SELL}, Reason.REDUCE_ONLY_REJECTED),
        ({"price": Decimal("500")}, Reason.PRICE_BELOW_MIN),
        ({"price": Decimal("999999")}, Reason.PRICE_ABOVE_BAND),
        ({"symbol": "NONEUSDT"}, Reason.UNKNOWN_SYMBOL),
    ],
)
def test_a_refused_order_changes_nothing(wanted: dict[str, Any], reason: Reason) -> None:
    floor = open_floor()
    with pytest.raises(Refused) as caught:
        place(floor, **wanted)
    assert caught.value.reason is reason
    assert not floor.accounts[0].orders
    assert floor.engine.state.sequences.order == floor.engine.profile.first_order_id


def test_a_fill_or_kill_order_is_filled_whole_or_refused() -> None:
    floor = open_floor(balances=("100000000",))
    ask = floor.engine.market("BTCUSDT").ask
    with pytest.raises(Refused) as caught:
        place(floor, quantity=Decimal(50), price=ask, time_in_force=TimeInForce.FOK)
    assert caught.value.reason is Reason.FILL_OR_KILL_UNFILLABLE
    order = place(floor, price=ask, time_in_force=TimeInForce.FOK)
    assert order.status is OrderStatus.FILLED


def test_a_post_only_order_never_takes() -> None:
    floor = open_floor()
    ask = floor.engine.market("BTCUSDT").ask
    with pytest.raises(Refused) as caught:
        place(floor, price=ask, time_in_force=TimeInForce.POST_ONLY)
    assert caught.value.reason is Reason.POST_ONLY_CROSSES
    bybit = open_floor(exchange="bybit")
    ask = bybit.engine.market("BTCUSDT").ask
    order = place(bybit, price=ask, time_in_force=TimeInForce.POST_ONLY)
    assert order.status is OrderStatus.CANCELED
    assert not bybit.accounts[0].trades
