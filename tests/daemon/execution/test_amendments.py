"""An entry that rests is changed once, or not at all, and the books show what the exchange has."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from daemon.execution import amendments, fan_out, reading
from daemon.paper_exchange.bybit.visibility import BybitOptions
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.amendments import Amendment, AmendmentState
from patriot_app.core.domain.entries import limit_entry
from patriot_app.core.domain.orders import TimeInForce
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.services import amendments as services
from patriot_app.core.unit_of_work import begin
from tests.daemon.execution.trading import Trader, running_trader
from tests.database import Server
from tests.factories.desk import EPOCH
from tests.waiting import until

EXCHANGES = (Exchange.BINANCE, Exchange.BYBIT)
AMEND = {Exchange.BINANCE: "/fapi/v1/order", Exchange.BYBIT: "/v5/order/amend"}
METHOD = {Exchange.BINANCE: "PUT", Exchange.BYBIT: "POST"}


@pytest.fixture(params=EXCHANGES, ids=[exchange.value for exchange in EXCHANGES])
async def trader(
    request: pytest.FixtureRequest, server: Server, as_daemon: str, database_name: str
) -> AsyncIterator[Trader]:
    async with running_trader(
        server,
        database_name,
        accounts=1,
        exchanges=(request.param,),
        receive_window_ms=400,
        clock_skew_ms=0,
        send_margin_ms=0,
        http_timeout_s=0.5,
    ) as trader:
        yield trader


def exchange_of(trader: Trader) -> Exchange:
    return trader.sessions[0].exchange


async def resting_entry(trader: Trader) -> UUID:
    """Let one entry rest 1 % below the market and return its order."""
    price = ((await trader.price()) * Decimal("0.99")).quantize(Decimal(1))
    signal_id = await trader.signal(
        stop_loss=(price * Decimal("0.98")).quantize(Decimal(1)),
        entry=limit_entry(
            price,
            time_in_force=TimeInForce.GTC,
            market_now=trader.context.market_now(),
            life=timedelta(hours=1),
        ),
    )
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    rows = trader.desk.execute(
        "SELECT attempts.id FROM attempts JOIN intents ON intents.id = intent_id"
        " WHERE signal_id = %s AND attempts.state = 'open'",
        signal_id,
    )
    found = rows[0][0]
    assert isinstance(found, UUID)
    return found


def booked(trader: Trader, attempt_id: UUID) -> tuple[Decimal, Decimal]:
    """Return price and quantity in the books."""
    rows = trader.desk.execute(
        "SELECT price, quantity FROM intents JOIN attempts ON intents.id = intent_id"
        " WHERE attempts.id = %s",
        attempt_id,
    )
    price, quantity = rows[0]
    assert isinstance(price, Decimal)
    assert isinstance(quantity, Decimal)
    return price, quantity


async def at_exchange(trader: Trader) -> tuple[Decimal, Decimal]:
    """Return price and quantity of the one order that rests."""
    orders = await trader.context.gateway.fetch_open_orders(trader.sessions[0], symbol="BTCUSDT")
    resting = [order for order in orders if not order.reduce_only and order.price]
    assert len(resting) == 1
    assert resting[0].price is not None
    return resting[0].price, resting[0].quantity


async def change(
    trader: Trader, attempt_id: UUID, *, ratio: str = "0.99", command_id: UUID | None = None
) -> AmendmentState:
    price, _ = booked(trader, attempt_id)
    return await amendments.amend(
        trader.context,
        attempt_id,
        price=price * Decimal(ratio),
        quantity=None,
        command_id=command_id or issued(trader),
    )


def issued(trader: Trader) -> UUID:
    """Write a command for an amendment to belong to."""
    command = uuid4()
    trader.desk.execute(
        "INSERT INTO commands (id, type, payload, status, idempotency_key, surface, expires_at)"
        " VALUES (%s, 'AmendOrder', '{}', 'claimed', %s, 'tests', now())",
        command,
        command.hex,
    )
    return command


async def settled(trader: Trader, attempt_id: UUID) -> str:
    """Resolve until nothing is open and return what became of the last amendment."""

    async def is_over() -> bool:
        trader.desk.execute("UPDATE amendments SET created_at = created_at - interval '1 minute'")
        await amendments.resolve_open(trader.context)
        return not trader.desk.execute(
            "SELECT 1 FROM amendments WHERE state IN ('created', 'sending', 'unknown')"
            " AND attempt_id = %s",
            attempt_id,
        )

    await until(is_over)
    return str(
        trader.desk.execute(
            "SELECT state FROM amendments WHERE attempt_id = %s ORDER BY sending_at DESC LIMIT 1",
            attempt_id,
        )[0][0]
    )


async def test_a_price_is_changed_at_the_exchange_and_in_the_books(trader: Trader) -> None:
    order = await resting_entry(trader)
    before = booked(trader, order)
    await change(trader, order)
    assert await settled(trader, order) == "applied"
    assert booked(trader, order) == await at_exchange(trader)
    assert booked(trader, order)[0] < before[0]


async def test_a_change_never_risks_more_than_was_decided(trader: Trader) -> None:
    order = await resting_entry(trader)
    price, quantity = booked(trader, order)
    stop = price * Decimal("0.98")
    await change(trader, order, ratio="1.005")
    assert await settled(trader, order) == "applied"
    now = booked(trader, order)
    assert now[1] < quantity
    assert (now[0] - stop) * now[1] <= (price - stop) * quantity + 1


async def test_a_change_that_is_acknowledged_before_it_shows_is_seen_by_the_same_command(
    server: Server, as_daemon: str, database_name: str
) -> None:
    async with running_trader(
        server,
        database_name,
        accounts=1,
        exchanges=(Exchange.BYBIT,),
        bybit=BybitOptions(acknowledgement_lag_ms=700),
        visibility_delay_bybit_s=60.0,
    ) as trader:
        order = await resting_entry(trader)
        assert await change(trader, order) is AmendmentState.APPLIED
        assert booked(trader, order) == await at_exchange(trader)


async def test_a_larger_order_is_refused_with_the_most_that_may_be(trader: Trader) -> None:
    order = await resting_entry(trader)
    _, quantity = booked(trader, order)
    with pytest.raises(Invalid, match="at most"):
        await amendments.amend(
            trader.context, order, price=None, quantity=quantity * 2, command_id=issued(trader)
        )
    assert trader.desk.execute("SELECT 1 FROM amendments WHERE attempt_id = %s", order) == []


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [("drop_after", "applied"), ("drop_before", "absent")],
    ids=["answer lost", "request lost"],
)
async def test_a_change_of_unknown_outcome_is_looked_up_and_never_sent_again(
    trader: Trader, fault: str, outcome: str
) -> None:
    order = await resting_entry(trader)
    exchange = exchange_of(trader)
    await trader.paper.plan_fault(fault, AMEND[exchange], method=METHOD[exchange])
    command = issued(trader)
    await change(trader, order, command_id=command)
    assert await settled(trader, order) == outcome
    # The same command again, as after a crash of its handler, finds it settled.
    again = await change(trader, order, command_id=command)
    assert again.value == outcome
    assert booked(trader, order) == await at_exchange(trader)
    count = trader.desk.execute("SELECT count(*) FROM amendments WHERE attempt_id = %s", order)
    assert count == [(1,)]


async def test_an_order_that_fills_while_it_is_changed_is_a_position(trader: Trader) -> None:
    order = await resting_entry(trader)
    exchange = exchange_of(trader)
    _, quantity = booked(trader, order)
    await trader.paper.set_price("BTCUSDT", (await trader.price()) * Decimal("0.985"))
    await change(trader, order, ratio="0.995")
    assert await settled(trader, order) in {"rejected", "absent"}
    assert exchange is trader.sessions[0].exchange
    assert trader.desk.states() == {"filled": 1}
    held = await trader.held(trader.desk.accounts[0])
    assert held == quantity
    rows = trader.desk.execute(
        "SELECT quantity FROM positions WHERE account_id = %s", trader.desk.accounts[0]
    )
    assert rows == [(held,)]


async def test_an_amendment_that_crosses_fills_at_once(trader: Trader) -> None:
    order = await resting_entry(trader)
    await change(trader, order, ratio="1.02")
    assert await settled(trader, order) == "applied"
    for session in trader.sessions:
        await reading.read_orders(trader.context, session)
        await reading.read_fills(trader.context, session, "BTCUSDT")
    assert trader.desk.states() == {"filled": 1}
    assert await trader.held(trader.desk.accounts[0]) == booked(trader, order)[1]


async def test_a_halt_stops_a_change(trader: Trader) -> None:
    order = await resting_entry(trader)
    before = await at_exchange(trader)
    trader.desk.halt("account", trader.desk.accounts[0])
    try:
        assert await change(trader, order) is AmendmentState.VOID
    finally:
        trader.desk.lift()
    assert await at_exchange(trader) == before


async def test_an_order_that_ended_cannot_be_changed(trader: Trader) -> None:
    order = await resting_entry(trader)
    trader.desk.execute("UPDATE attempts SET state = 'canceled' WHERE id = %s", order)
    with pytest.raises(Refused, match="canceled"):
        await change(trader, order)


async def written(trader: Trader, attempt_id: UUID) -> UUID:
    """Write a change down as a process does that dies before it sends it."""
    price, quantity = booked(trader, attempt_id)
    amendment_id = uuid4()
    async with begin(SYSTEM, clock=trader.context.clock) as uow:
        await services.open_amendment(
            uow,
            Amendment(
                amendment_id=amendment_id,
                attempt_id=attempt_id,
                account_id=trader.desk.accounts[0],
                shard=trader.desk.all_shards[0],
                price=price - 10,
                quantity=quantity,
                former_price=price,
                former_quantity=quantity,
                state=AmendmentState.CREATED,
            ),
            command_id=None,
        )
    return amendment_id


async def test_a_crash_before_the_mark_leaves_a_change_that_is_never_sent(trader: Trader) -> None:
    order = await resting_entry(trader)
    before = await at_exchange(trader)
    await written(trader, order)
    assert await settled(trader, order) == "void"
    assert booked(trader, order) == await at_exchange(trader) == before
    # And the order may be changed again.
    await change(trader, order)
    assert booked(trader, order) == await at_exchange(trader) != before


async def test_a_crash_between_mark_and_send_is_proved_absent(trader: Trader) -> None:
    order = await resting_entry(trader)
    before = await at_exchange(trader)
    amendment_id = await written(trader, order)
    exchange = exchange_of(trader)
    async with begin(SYSTEM, clock=trader.context.clock) as uow:
        assert await services.mark_sending(
            uow,
            amendment_id,
            owner=trader.context.process,
            epoch=EPOCH,
            timestamp_ms=trader.context.gateway.timestamp_ms(exchange, AccountMode.PAPER),
            receive_window_ms=trader.context.settings.receive_window_ms,
        )
    with pytest.raises(Refused, match="not answered"):
        await change(trader, order)
    assert await settled(trader, order) == "absent"
    assert booked(trader, order) == await at_exchange(trader) == before


async def test_a_daemon_that_lost_its_lease_changes_nothing(trader: Trader) -> None:
    order = await resting_entry(trader)
    before = await at_exchange(trader)
    trader.desk.lease(owner="another", epoch=EPOCH + 1)
    assert await change(trader, order) is AmendmentState.VOID
    assert await at_exchange(trader) == before
