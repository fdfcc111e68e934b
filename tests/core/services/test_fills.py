"""Trades count once, whoever tells of them, and whatever order the news comes in."""

import asyncio
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from patriot_app.core.domain.fills import FillReport
from patriot_app.core.domain.orders import AttemptState, Leg, OrderReport, Side
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.sending import AccountReports
from patriot_app.core.queries import work_due
from patriot_app.core.services import fill_cursors, fills, protection, reports
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.desk import Desk, make_desk
from tests.factories.orders import make_fill, make_report
from tests.factories.rows import DaemonRows

SHARDS_MAX = 1_024

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def desk(server: Server, database_name: str) -> Desk:
    return make_desk(server, database_name, accounts=1, shards=1)


class Order:
    """One order of the desk's account that was sent."""

    def __init__(self, desk: Desk, rows: DaemonRows, **overrides: Any) -> None:
        self.desk = desk
        self.account_id = desk.accounts[0]
        self.client_order_id = f"ptp{uuid4().hex[:24]}-1"
        state = overrides.pop("attempt_state", "sending")
        self.exchange_order_id: str | None = overrides.pop("exchange_order_id", None)
        wanted = {
            "shard": 0,
            "quantity": Decimal(1),
            "deployment_id": desk.deployment_id,
            "stop_loss": Decimal(90),
            "take_profit": Decimal(120),
        }
        self.intent_id = rows.intent(self.account_id, **(wanted | overrides))
        self.attempt_id = rows.attempt(
            self.intent_id,
            self.account_id,
            shard=0,
            state=state,
            client_order_id=self.client_order_id,
            exchange_order_id=self.exchange_order_id,
        )

    def fill(self, number: int, quantity: str, **overrides: Any) -> FillReport:
        wanted = {
            "exchange_trade_id": f"{self.attempt_id.hex[:12]}-{number}",
            "client_order_id": self.client_order_id,
            "quantity": Decimal(quantity),
            "traded_at": NOON + timedelta(seconds=number),
        }
        return make_fill(**(wanted | overrides))

    def report(self, state: AttemptState, filled: str) -> OrderReport:
        return make_report(
            client_order_id=self.client_order_id, state=state, filled_quantity=Decimal(filled)
        )

    @property
    def row(self) -> tuple[object, ...]:
        return self.desk.execute(
            "SELECT attempts.state, filled_quantity, intents.state, reserved_notional"
            " FROM attempts JOIN intents ON intents.id = intent_id WHERE attempts.id = %s",
            self.attempt_id,
        )[0]

    @property
    def position(self) -> tuple[object, ...]:
        return self.desk.execute(
            "SELECT quantity, entry_price, wanted_stop, unprotected_since IS NOT NULL"
            " FROM positions WHERE account_id = %s",
            self.account_id,
        )[0]


async def tell(order: Order, *news: FillReport | OrderReport) -> fills.Recorded:
    batch = AccountReports(
        order.account_id,
        reports=tuple(n for n in news if isinstance(n, OrderReport)),
        fills=tuple(n for n in news if isinstance(n, FillReport)),
    )
    async with begin(SYSTEM) as uow:
        recorded = await fills.record_fills(uow, [batch])
        await reports.record_reports(uow, [batch])
        return recorded


async def test_a_fill_moves_order_intent_and_position_together(
    as_daemon: str, desk: Desk, rows: DaemonRows
) -> None:
    order = Order(desk, rows)
    recorded = await tell(order, order.fill(1, "1"))
    assert recorded.unprotected == {(order.account_id, "BTCUSDT")}
    assert order.row == ("filled", 1, "done", 0)
    assert order.position == (1, 100, 90, True)
    legs = desk.execute("SELECT leg, trigger_price, state FROM protection_legs ORDER BY leg")
    assert legs == [("stop_loss", 90, "wanted"), ("take_profit", 120, "wanted")]


async def test_the_same_trade_from_stream_and_look_up_counts_once(
    as_daemon: str, desk: Desk, rows: DaemonRows
) -> None:
    order = Order(desk, rows)
    fill = order.fill(1, "0.4")
    told = await asyncio.gather(*(tell(order, fill, fill) for _ in range(4)))
    assert sum(recorded.fills for recorded in told) == 1
    assert order.row == ("partially_filled", Decimal("0.4"), "executing", 25_000)
    assert order.position[0] == Decimal("0.4")


def news_of(order: Order) -> Sequence[FillReport | OrderReport]:
    return (
        order.fill(1, "0.3"),
        order.fill(2, "0.7"),
        order.report(AttemptState.PARTIALLY_FILLED, "0.3"),
        order.report(AttemptState.FILLED, "1"),
    )


@pytest.mark.parametrize("order_of_news", list(itertools.permutations(range(4))))
async def test_news_in_any_order_end_in_the_same_state(
    as_daemon: str, desk: Desk, rows: DaemonRows, order_of_news: tuple[int, ...]
) -> None:
    order = Order(desk, rows)
    news = news_of(order)
    for index in order_of_news:
        await tell(order, news[index])
        await tell(order, news[index])
    assert order.row == ("filled", 1, "done", 0)
    assert order.position[0] == 1


async def test_a_cancelled_order_may_have_filled_partly(
    as_daemon: str, desk: Desk, rows: DaemonRows
) -> None:
    order = Order(desk, rows)
    await tell(order, order.report(AttemptState.CANCELED, "0.3"))
    await tell(order, order.fill(1, "0.3"))
    assert order.row == ("canceled", Decimal("0.3"), "partially_done", 0)


async def test_a_trade_after_the_end_raises_the_alarm_and_parks_the_account(
    as_daemon: str, desk: Desk, rows: DaemonRows
) -> None:
    order = Order(desk, rows, attempt_state="absent", state="failed")
    await tell(order, order.fill(1, "1"))
    assert order.row[:3] == ("late_filled", 1, "done")
    parked = desk.execute(
        "SELECT parked_reason <> '' FROM account_states WHERE account_id = %s", order.account_id
    )
    assert parked == [(True,)]
    events = desk.execute(
        "SELECT severity FROM events WHERE type = 'OrderFilledLate' AND subject_id = %s",
        order.intent_id,
    )
    assert events == [("critical",)]


async def test_a_trade_without_our_id_is_found_by_the_exchanges(
    as_daemon: str, desk: Desk, rows: DaemonRows
) -> None:
    order = Order(desk, rows, exchange_order_id="1001")
    await tell(order, order.fill(1, "1", client_order_id="", exchange_order_id="1001"))
    assert order.row[0] == "filled"


async def test_a_foreign_trade_moves_the_position_and_no_order(
    as_daemon: str, desk: Desk, rows: DaemonRows
) -> None:
    order = Order(desk, rows)
    await tell(order, order.fill(1, "2", client_order_id="web_1", exchange_order_id="9"))
    assert order.row[0] == "sending"
    assert order.position == (2, 100, None, False)


async def test_the_closing_trade_ends_what_the_position_wanted(
    as_daemon: str, desk: Desk, rows: DaemonRows
) -> None:
    entry = Order(desk, rows)
    await tell(entry, entry.fill(1, "1"))
    leaving = Order(desk, rows, leg="exit", side="SELL", reduce_only=True)
    await tell(leaving, leaving.fill(2, "1", side=Side.SELL, price=Decimal(110)))
    assert leaving.position == (0, 0, None, False)
    realised = desk.execute(
        "SELECT realised_pnl FROM positions WHERE account_id = %s", entry.account_id
    )
    assert realised == [(10,)]


@pytest.mark.parametrize("told", list(itertools.permutations(range(5)))[::5])
async def test_a_turned_position_is_the_same_whatever_was_told_first(
    as_daemon: str, desk: Desk, rows: DaemonRows, told: tuple[int, ...]
) -> None:
    long = Order(desk, rows)
    leaving = Order(desk, rows, leg="exit", side="SELL", reduce_only=True)
    turning = Order(desk, rows, side="SELL", stop_loss=Decimal(110), take_profit=None)
    sold = {"side": Side.SELL}
    trades = [
        (long, long.fill(1, "1", price=Decimal(100))),
        (leaving, leaving.fill(2, "0.6", price=Decimal(101), **sold)),
        (leaving, leaving.fill(3, "0.4", price=Decimal(102), **sold)),
        (turning, turning.fill(4, "0.7", price=Decimal(103), **sold)),
        (turning, turning.fill(5, "0.3", price=Decimal(104), **sold)),
    ]
    for number in told:
        order, fill = trades[number]
        await tell(order, fill)
    assert turning.position == (-1, Decimal("103.3"), 110, True)
    realised = desk.execute(
        "SELECT realised_pnl FROM positions WHERE account_id = %s", turning.account_id
    )
    assert realised == [(Decimal("1.4"),)]
    wanted = desk.execute(
        "SELECT leg, trigger_price FROM protection_legs WHERE state = 'wanted'"
        " AND trigger_price = 110 AND account_id = %s",
        turning.account_id,
    )
    assert wanted == [("stop_loss", 110)]


async def test_what_a_customer_opened_gets_no_stop_of_a_former_entry(
    as_daemon: str, desk: Desk, rows: DaemonRows
) -> None:
    former = Order(desk, rows, side="SELL", stop_loss=Decimal(110), take_profit=None)
    await tell(former, former.fill(1, "1", side=Side.SELL))
    long = Order(desk, rows, quantity=Decimal(2))
    await tell(long, long.fill(2, "2"))
    leaving = Order(desk, rows, leg="exit", side="SELL", reduce_only=True)
    his = make_fill(
        exchange_trade_id="his", client_order_id="web_1", quantity=Decimal("0.5"), side=Side.SELL
    )
    await tell(leaving, his)
    await tell(leaving, leaving.fill(4, "1", side=Side.SELL))
    assert leaving.position == (Decimal("-0.5"), 100, None, False)


async def test_a_stop_that_hung_on_the_position_is_its_leg(
    as_daemon: str, desk: Desk, rows: DaemonRows
) -> None:
    entry = Order(desk, rows)
    stop = {
        "client_order_id": "",
        "exchange_order_id": "77",
        "side": Side.SELL,
        "attached_leg": Leg.STOP_LOSS,
    }
    # All of it is heard of at once, the stop's parts first.
    await tell(
        entry, entry.fill(3, "0.6", **stop), entry.fill(2, "0.4", **stop), entry.fill(1, "1")
    )
    assert entry.position == (0, 0, None, False)
    told = desk.execute(
        "SELECT leg.leg, leg.state, sum(fill.quantity) FROM fills AS fill"
        " JOIN protection_legs AS leg ON leg.id = fill.leg_id"
        " WHERE fill.account_id = %s GROUP BY 1, 2",
        entry.account_id,
    )
    assert told == [("stop_loss", "triggered", 1)]
    target = desk.execute(
        "SELECT state FROM protection_legs WHERE leg = 'take_profit' AND account_id = %s",
        entry.account_id,
    )
    assert target == [("canceled",)]
    assert await outside(entry) == []


async def test_an_attached_stop_is_ours_also_beside_an_order_that_took_its_place(
    as_daemon: str, desk: Desk, rows: DaemonRows
) -> None:
    entry = Order(desk, rows)
    await tell(entry, entry.fill(1, "1"))
    # It did not show in time, so that an order of ours was placed.
    _, leg_id = await place_stop(desk, rows, entry)
    attached = entry.fill(
        2,
        "1",
        client_order_id="",
        exchange_order_id="77",
        side=Side.SELL,
        attached_leg=Leg.STOP_LOSS,
    )
    await tell(entry, attached)
    told = desk.execute(
        "SELECT fill.leg_id, leg.state FROM fills AS fill"
        " JOIN protection_legs AS leg ON leg.id = fill.leg_id WHERE fill.account_id = %s",
        entry.account_id,
    )
    # The order still stands: the guard withdraws it, now that the position is flat.
    assert told == [(leg_id, "wanted")]
    assert entry.position == (0, 0, None, False)
    assert await outside(entry) == []


async def test_an_attached_stop_without_a_leg_of_ours_is_foreign(
    as_daemon: str, desk: Desk, rows: DaemonRows
) -> None:
    entry = Order(desk, rows, stop_loss=None, take_profit=None)
    await tell(entry, entry.fill(1, "1"))
    other = entry.fill(
        2,
        "1",
        client_order_id="",
        exchange_order_id="77",
        side=Side.SELL,
        attached_leg=Leg.STOP_LOSS,
    )
    await tell(entry, other)
    told = desk.execute(
        "SELECT attempt_id, leg_id FROM fills WHERE account_id = %s AND side = 'SELL'",
        entry.account_id,
    )
    assert told == [(None, None)]
    assert await outside(entry) == ["77"]


async def outside(order: Order) -> list[str]:
    """Return the orders whose trades nobody of ours explains."""
    told = await work_due.outside_trades(range(SHARDS_MAX), since=datetime(2000, 1, 1, tzinfo=UTC))
    return [one.exchange_order_id for one in told if one.account_id == order.account_id]


async def place_stop(desk: Desk, rows: DaemonRows, entry: Order) -> tuple[Order, UUID]:
    stop = Order(desk, rows, leg="stop_loss", side="SELL", quantity=None, close_position=True)
    legs = desk.execute(
        "SELECT id FROM protection_legs WHERE leg = 'stop_loss' AND account_id = %s",
        entry.account_id,
    )
    leg_id = legs[0][0]
    assert isinstance(leg_id, UUID)
    rows.execute("UPDATE protection_legs SET intent_id = %s WHERE id = %s", stop.intent_id, leg_id)
    return stop, leg_id


async def follow(order: Order) -> None:
    async with begin(SYSTEM) as uow:
        await protection.follow(uow, [order.attempt_id])


@pytest.mark.parametrize(
    ("state", "leg_state", "is_unprotected"),
    [
        (AttemptState.OPEN, "placed", False),
        (AttemptState.CANCELED, "canceled", True),
        (AttemptState.REJECTED, "failed", True),
    ],
)
async def test_a_leg_follows_its_order(
    as_daemon: str,
    desk: Desk,
    rows: DaemonRows,
    state: AttemptState,
    leg_state: str,
    is_unprotected: bool,
) -> None:
    entry = Order(desk, rows)
    await tell(entry, entry.fill(1, "1"))
    stop, leg_id = await place_stop(desk, rows, entry)
    await tell(stop, stop.report(state, "0"))
    await follow(stop)
    assert desk.execute("SELECT state FROM protection_legs WHERE id = %s", leg_id) == [(leg_state,)]
    assert entry.position[3] is is_unprotected


async def test_a_cursor_moves_with_its_fills(as_daemon: str, desk: Desk) -> None:
    account = desk.accounts[0]
    async with begin(SYSTEM) as uow:
        assert await fill_cursors.cursor(uow, account, "BTCUSDT") is None
        await fill_cursors.move_cursor(uow, account, "BTCUSDT", "7")
        await fill_cursors.move_cursor(uow, account, "BTCUSDT", "9")
    async with begin(SYSTEM) as uow:
        assert await fill_cursors.cursor(uow, account, "BTCUSDT") == "9"
