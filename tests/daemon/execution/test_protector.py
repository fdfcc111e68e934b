"""Every position has its stop on the exchange, or is closed."""

from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID

import pytest

from daemon.execution import exits, fan_out, protector, reading, stop_audit
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.orders import OrderIdentity, OrderType, Outcome, Side
from patriot_app.core.domain.signals import SignalAction
from tests.daemon.exchanges.builders import make_request, make_session
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server
from tests.factories.desk import EPOCH

ORDER_PATHS = {Exchange.BINANCE: "/fapi/v1/order", Exchange.BYBIT: "/v5/order/create"}


@pytest.fixture(params=list(Exchange))
async def trader(
    server: Server, as_daemon: str, database_name: str, request: pytest.FixtureRequest
) -> AsyncIterator[Trader]:
    async with running_trader(
        server, database_name, accounts=2, exchanges=(request.param,)
    ) as trader:
        yield trader


async def look(trader: Trader) -> None:
    for session in trader.sessions:
        await reading.read_orders(trader.context, session)
        await reading.read_fills(trader.context, session, SYMBOL)


async def enter(trader: Trader, **overrides: object) -> None:
    signal_id = await trader.signal(**overrides)
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    await look(trader)


def legs(trader: Trader, account: UUID) -> list[tuple[object, ...]]:
    return trader.desk.execute(
        "SELECT leg, state FROM protection_legs WHERE account_id = %s ORDER BY leg, state", account
    )


def unprotected(trader: Trader) -> int:
    rows = trader.desk.execute(
        "SELECT count(*) FROM positions WHERE unprotected_since IS NOT NULL"
        " AND account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    return int(str(rows[0][0]))


def foreign_trades(trader: Trader) -> int:
    """Count trades that belong to nothing of ours."""
    rows = trader.desk.execute(
        "SELECT count(*) FROM fills WHERE attempt_id IS NULL AND leg_id IS NULL"
        " AND account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    return int(str(rows[0][0]))


async def stops_at_exchange(trader: Trader, account: UUID) -> int:
    session = trader.context.sessions[account]
    found = await trader.context.gateway.fetch_open_orders(session, symbol=SYMBOL)
    return sum(report.trigger_price is not None for report in found)


async def test_a_position_gets_its_stop_right_after_the_first_trade(trader: Trader) -> None:
    await enter(trader)
    assert unprotected(trader) == 2
    await protector.run(trader.context)
    assert unprotected(trader) == 0
    for account in trader.desk.accounts:
        assert legs(trader, account) == [("stop_loss", "placed")]
        assert await stops_at_exchange(trader, account) == 1


async def test_guarding_again_places_nothing_more(trader: Trader) -> None:
    price = (await trader.price()).quantize(Decimal(1))
    await enter(trader, take_profit=(price * Decimal("1.1")).quantize(Decimal(1)))
    for _ in range(3):
        await protector.run(trader.context)
    for account in trader.desk.accounts:
        assert legs(trader, account) == [("stop_loss", "placed"), ("take_profit", "placed")]
        assert await stops_at_exchange(trader, account) == 2


async def test_the_legs_of_a_closed_position_are_swept(trader: Trader) -> None:
    price = (await trader.price()).quantize(Decimal(1))
    await enter(trader, take_profit=(price * Decimal("1.1")).quantize(Decimal(1)))
    await protector.run(trader.context)
    for account in trader.desk.accounts:
        await exits.close_position(trader.context, account, SYMBOL, command_id=None, cause="tests")
    await look(trader)
    await protector.run(trader.context)
    await look(trader)
    for account in trader.desk.accounts:
        assert await trader.held(account) == 0
        assert await stops_at_exchange(trader, account) == 0
        assert {state for _, state in legs(trader, account)} == {"canceled"}


async def test_a_leg_that_was_never_sent_is_void_once_its_position_is_closed(
    trader: Trader,
) -> None:
    await enter(trader)
    # Another trader has the shards when the legs are recorded: they stay unsent.
    trader.desk.lease(epoch=EPOCH + 1)
    await protector.run(trader.context)
    trader.desk.lease(epoch=EPOCH)
    assert trader.desk.states().get("created") == 2 or trader.sessions[0].exchange is Exchange.BYBIT
    for account in trader.desk.accounts:
        await exits.close_position(trader.context, account, SYMBOL, command_id=None, cause="tests")
    await look(trader)
    await protector.run(trader.context)
    assert "created" not in trader.desk.states()
    for account in trader.desk.accounts:
        assert {state for _, state in legs(trader, account)} == {"canceled"}


async def test_the_end_of_the_former_stop_leaves_a_turned_position_protected(
    trader: Trader,
) -> None:
    await enter(trader)
    await protector.run(trader.context)
    price = (await trader.price()).quantize(Decimal(1))
    await enter(
        trader,
        action=SignalAction.OPEN_SHORT,
        stop_loss=(price * Decimal("1.02")).quantize(Decimal(1)),
    )
    for _ in range(3):
        await protector.run(trader.context)
        await look(trader)
    for account in trader.desk.accounts:
        assert await trader.held(account) < 0
        assert legs(trader, account) == [("stop_loss", "canceled"), ("stop_loss", "placed")]
        assert await stops_at_exchange(trader, account) == 1
    assert unprotected(trader) == 0


async def test_a_position_that_opens_under_the_stop_it_wants_is_protected(
    server: Server, as_daemon: str, database_name: str
) -> None:
    async with running_trader(
        server, database_name, accounts=1, exchanges=(Exchange.BINANCE,)
    ) as trader:
        await enter(trader)
        await protector.run(trader.context)
        # As if it had been closed and opened again before the guard looked.
        trader.desk.execute(
            "UPDATE positions SET unprotected_since = now() - interval '1 hour'"
            " WHERE account_id = ANY(%s)",
            list(trader.desk.accounts),
        )
        assert unprotected(trader) == 1
        await protector.run(trader.context)
        assert unprotected(trader) == 0
        account = trader.desk.accounts[0]
        assert legs(trader, account) == [("stop_loss", "placed")]
        assert await trader.held(account) > 0


async def test_a_triggered_stop_closes_the_position_in_our_books_too(trader: Trader) -> None:
    await enter(trader)
    await protector.run(trader.context)
    await trader.paper.move_price(SYMBOL, "-3")
    await trader.paper.advance(seconds=2)
    await look(trader)
    for account in trader.desk.accounts:
        assert await trader.held(account) == 0
        quantity = trader.desk.execute(
            "SELECT quantity FROM positions WHERE account_id = %s", account
        )
        assert quantity == [(0,)]
    await protector.run(trader.context)
    assert foreign_trades(trader) == 0
    if trader.sessions[0].exchange is Exchange.BINANCE:
        states = trader.desk.execute(
            "SELECT DISTINCT state FROM attempts WHERE account_id = ANY(%s)",
            list(trader.desk.accounts),
        )
        assert states == [("filled",)]


async def test_what_cannot_be_protected_is_closed(trader: Trader) -> None:
    await enter(trader)
    mark = (await trader.price(trader.sessions[0].exchange)) * Decimal("0.9")
    # The price has run through the stop before it could be placed.
    trader.context.prices.put(trader.sessions[0].exchange, AccountMode.PAPER, SYMBOL, mark=mark)
    await protector.run(trader.context)
    await look(trader)
    assert [await trader.held(account) for account in trader.desk.accounts] == [0, 0]
    alarms = trader.desk.execute(
        "SELECT count(*) FROM events WHERE type = 'PositionUnprotected' AND subject_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    assert alarms[0][0] == 2


async def test_a_position_that_waited_too_long_is_closed(trader: Trader) -> None:
    await enter(trader)
    trader.desk.execute(
        "UPDATE positions SET unprotected_since = now() - interval '1 min'"
        " WHERE account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    await protector.run(trader.context)
    await look(trader)
    assert [await trader.held(account) for account in trader.desk.accounts] == [0, 0]


async def test_an_emergency_exit_that_failed_is_followed_by_the_next_at_once(
    trader: Trader,
) -> None:
    await enter(trader)
    trader.desk.execute(
        "UPDATE positions SET unprotected_since = now() - interval '1 min'"
        " WHERE account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    path = ORDER_PATHS[trader.sessions[0].exchange]
    await trader.paper.plan_fault("insufficient_margin", path, method="POST", times=4)
    held = [await trader.held(account) for account in trader.desk.accounts]
    for _ in range(2):
        await protector.run(trader.context)
        await look(trader)
        assert [await trader.held(account) for account in trader.desk.accounts] == held
    await protector.run(trader.context)
    await look(trader)
    assert [await trader.held(account) for account in trader.desk.accounts] == [0, 0]


async def test_an_emergency_exit_that_may_have_come_through_is_not_sent_again(
    trader: Trader,
) -> None:
    await enter(trader)
    trader.desk.execute(
        "UPDATE positions SET unprotected_since = now() - interval '1 min'"
        " WHERE account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    path = ORDER_PATHS[trader.sessions[0].exchange]
    await trader.paper.plan_fault("drop_before", path, method="POST", times=2)
    for _ in range(3):
        await protector.run(trader.context)
    exits = trader.desk.execute(
        "SELECT attempts.state, count(*) FROM attempts JOIN intents ON intents.id = intent_id"
        " WHERE leg = 'exit' AND attempts.account_id = ANY(%s) GROUP BY 1",
        list(trader.desk.accounts),
    )
    assert exits == [("unknown", 2)]


async def test_a_stop_that_the_customer_cancelled_is_placed_again(trader: Trader) -> None:
    await enter(trader)
    await protector.run(trader.context)
    account = trader.desk.accounts[0]
    session = trader.context.sessions[account]
    [stop] = await trader.context.gateway.fetch_open_orders(session, symbol=SYMBOL)
    await trader.context.gateway.cancel(
        session,
        OrderIdentity(account, SYMBOL, stop.client_order_id or "", stop.exchange_order_id, True),
        timestamp_ms=trader.context.gateway.timestamp_ms(session.exchange, session.mode),
        receive_window_ms=3_000,
    )
    assert await stops_at_exchange(trader, account) == 0
    await reading.read_account(trader.context, session, [SYMBOL], is_full=False)
    assert unprotected(trader) == 1
    await protector.run(trader.context)
    assert unprotected(trader) == 0
    assert await stops_at_exchange(trader, account) == 1
    assert legs(trader, account) == [("stop_loss", "canceled"), ("stop_loss", "placed")]


@pytest.mark.parametrize("is_heard_at_once", [False, True])
async def test_an_attached_stop_that_trades_is_a_leg_of_ours(
    server: Server, as_daemon: str, database_name: str, is_heard_at_once: bool
) -> None:
    async with running_trader(
        server, database_name, accounts=1, exchanges=(Exchange.BYBIT,)
    ) as trader:
        (account,) = trader.desk.accounts
        signal_id = await trader.signal()
        await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
        if not is_heard_at_once:
            await look(trader)
            await protector.run(trader.context)
            assert legs(trader, account) == [("stop_loss", "placed")]
        await trader.paper.move_price(SYMBOL, "-3")
        await trader.paper.advance(seconds=2)
        await look(trader)
        assert await trader.held(account) == 0
        assert legs(trader, account) == [("stop_loss", "triggered")]
        assert foreign_trades(trader) == 0
        sold = trader.desk.execute(
            "SELECT DISTINCT leg.leg, leg.intent_id, fill.attempt_id FROM fills AS fill"
            " JOIN protection_legs AS leg ON leg.id = fill.leg_id"
            " WHERE fill.account_id = %s AND fill.side = 'SELL'",
            account,
        )
        assert sold == [("stop_loss", None, None)]
        events = trader.desk.execute(
            "SELECT count(*) FILTER (WHERE type = 'FillRecorded') > 0,"
            " count(*) FILTER (WHERE type = 'ForeignFillRecorded') FROM events"
            " WHERE subject_id IN (SELECT leg_id FROM fills WHERE account_id = %s)"
            " OR payload->>'account_id' = %s",
            account,
            str(account),
        )
        assert events == [(True, 0)]


async def test_a_stop_that_the_owner_hung_on_a_position_is_not_ours(
    server: Server, as_daemon: str, database_name: str
) -> None:
    async with running_trader(
        server, database_name, accounts=1, exchanges=(Exchange.BYBIT,)
    ) as trader:
        (account,) = trader.desk.accounts
        await enter(trader)
        await exits.close_position(trader.context, account, SYMBOL, command_id=None, cause="tests")
        await look(trader)
        session = trader.sessions[0]
        by_hand = make_request(
            Exchange.BYBIT,
            client_order_id="web-1",
            stop_loss=(await trader.price(Exchange.BYBIT) * Decimal("0.99")).quantize(Decimal(1)),
            timestamp_ms=trader.context.gateway.timestamp_ms(session.exchange, session.mode),
        )
        bought = await trader.context.gateway.submit(session, by_hand)
        assert bought.outcome is Outcome.ACCEPTED
        await trader.paper.move_price(SYMBOL, "-3")
        await trader.paper.advance(seconds=2)
        await look(trader)
        assert await trader.held(account) == 0
        assert legs(trader, account) == [("stop_loss", "canceled")]
        assert foreign_trades(trader) >= 2


async def move_stop(trader: Trader, share: str) -> Decimal:
    """Let the strategy want its stop elsewhere."""
    price = (await trader.price(trader.sessions[0].exchange) * Decimal(share)).quantize(Decimal(1))
    trader.desk.execute(
        "UPDATE positions SET wanted_stop = %s WHERE account_id = ANY(%s)",
        price,
        list(trader.desk.accounts),
    )
    return price


async def triggers_at_exchange(trader: Trader, account: UUID) -> list[Decimal]:
    session = trader.context.sessions[account]
    found = await trader.context.gateway.fetch_open_orders(session, symbol=SYMBOL)
    return sorted(r.trigger_price for r in found if r.trigger_price is not None)


async def test_a_moved_stop_stands_before_its_predecessor_is_cancelled(trader: Trader) -> None:
    await enter(trader)
    await protector.run(trader.context)
    account = trader.desk.accounts[0]
    outer: list[Decimal] = []
    if trader.sessions[0].exchange is Exchange.BYBIT:
        outer = await triggers_at_exchange(trader, account)
    for share in ("0.985", "0.975", "0.99"):
        before = await triggers_at_exchange(trader, account)
        wanted = await move_stop(trader, share)
        await protector.run(trader.context)
        # Both stand, on Binance as well, which takes only one that closes everything.
        assert await triggers_at_exchange(trader, account) == sorted([*before, wanted])
        await look(trader)
        await protector.run(trader.context)
        await look(trader)
        # The stop that came with Bybit's entry stays as the outer layer, until it is in the way.
        outer = [price for price in outer if price < wanted]
        assert await triggers_at_exchange(trader, account) == sorted([*outer, wanted])
        assert legs(trader, account).count(("stop_loss", "placed")) == 1 + len(outer)
        assert unprotected(trader) == 0


async def test_the_sweep_touches_no_order_of_the_customers_own(trader: Trader) -> None:
    await enter(trader)
    await protector.run(trader.context)
    session = trader.sessions[0]
    price = (await trader.price(session.exchange) * Decimal("0.9")).quantize(Decimal(1))
    own = make_request(
        session.exchange,
        order_type=OrderType.STOP_MARKET,
        side=Side.SELL,
        quantity=Decimal("0.01"),
        trigger_price=price,
        reduce_only=False,
        client_order_id="by-hand-stop",
        timestamp_ms=trader.context.gateway.timestamp_ms(session.exchange, session.mode),
    )
    await trader.context.gateway.submit(session, own)
    account = session.account_id
    await exits.close_position(trader.context, account, SYMBOL, command_id=None, cause="tests")
    await look(trader)
    await protector.run(trader.context)
    await look(trader)
    found = await trader.context.gateway.fetch_open_orders(session, symbol=SYMBOL)
    assert [report.client_order_id for report in found] == ["by-hand-stop"]
    # The other account's stop is its own business.
    assert await stops_at_exchange(trader, trader.desk.accounts[1]) == 1


async def test_the_audit_finds_a_stop_that_nobody_told_us_was_cancelled(trader: Trader) -> None:
    await enter(trader)
    await protector.run(trader.context)
    account = trader.desk.accounts[0]
    session = trader.context.sessions[account]
    if session.exchange is Exchange.BINANCE:
        found = await trader.context.gateway.fetch_open_orders(session, symbol=SYMBOL)
        await trader.context.gateway.cancel(
            session,
            OrderIdentity(account, SYMBOL, found[0].client_order_id, None, True),
            timestamp_ms=trader.context.gateway.timestamp_ms(session.exchange, session.mode),
            receive_window_ms=3_000,
        )
    else:
        trader.desk.execute(
            "UPDATE protection_legs SET trigger_price = trigger_price - 7 WHERE account_id = %s",
            account,
        )
        trader.desk.execute(
            "UPDATE positions SET wanted_stop = wanted_stop - 7 WHERE account_id = %s", account
        )
    assert legs(trader, account) == [("stop_loss", "placed")]
    await stop_audit.run(trader.context)
    await protector.run(trader.context)
    assert ("stop_loss", "canceled") in legs(trader, account)
    assert legs(trader, account).count(("stop_loss", "placed")) == 1
    assert await stops_at_exchange(trader, account) >= 1
    assert unprotected(trader) == 0


async def test_the_audit_leaves_what_stands_alone(trader: Trader) -> None:
    await enter(trader)
    await protector.run(trader.context)
    before = [await triggers_at_exchange(trader, account) for account in trader.desk.accounts]
    for _ in range(2):
        await stop_audit.run(trader.context)
    after = [await triggers_at_exchange(trader, account) for account in trader.desk.accounts]
    assert after == before
    assert all(legs(trader, a) == [("stop_loss", "placed")] for a in trader.desk.accounts)


async def test_one_account_that_cannot_be_audited_holds_up_no_other(trader: Trader) -> None:
    await enter(trader)
    await protector.run(trader.context)
    broken, sound = trader.desk.accounts
    session = trader.context.sessions[broken]
    trader.context.sessions[broken] = make_session(
        session.exchange, account_id=broken, api_key="nobody", api_secret="wrong"
    )
    await trader.context.gateway.forget(broken)
    await stop_audit.run(trader.context)
    trader.context.sessions[broken] = session
    await trader.context.gateway.forget(broken)
    assert {account for account, _ in trader.context.audited} == {sound}
    await stop_audit.run(trader.context)
    assert {account for account, _ in trader.context.audited} == {broken, sound}
