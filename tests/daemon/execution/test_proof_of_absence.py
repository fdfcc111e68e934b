"""An order is absent only if nothing at all speaks for it; in doubt a person decides."""

from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID

import pytest

from daemon.execution import fan_out, protector, reading, resolver
from daemon.handlers import reconciliation
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.commands import SettleOrder
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import Refused
from patriot_app.core.services import attempts, doubts
from patriot_app.core.services.commands import ClaimedCommand
from patriot_app.core.unit_of_work import begin
from tests.daemon.exchanges.builders import make_request
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server

PATHS = {Exchange.BINANCE: "/fapi/v1/order", Exchange.BYBIT: "/v5/order/create"}


@pytest.fixture(params=list(Exchange))
async def trader(
    server: Server, as_daemon: str, database_name: str, request: pytest.FixtureRequest
) -> AsyncIterator[Trader]:
    async with running_trader(
        server,
        database_name,
        accounts=1,
        exchanges=(request.param,),
        clock_skew_ms=0,
        receive_window_ms=1_500,
    ) as trader:
        yield trader


async def lose_an_order(trader: Trader) -> UUID:
    """Send an entry that never arrives, too late for another; return its attempt."""
    exchange = trader.sessions[0].exchange
    await trader.paper.plan_fault("drop_before", PATHS[exchange], method="POST")
    signal_id = await trader.signal(ttl_s=2)
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    assert trader.desk.states() == {"unknown": 1}
    trader.desk.execute(
        "UPDATE intents SET deadline = now() - interval '1 s' WHERE account_id = %s",
        trader.desk.accounts[0],
    )
    # The exchange's gateway would not take it any more.
    row = trader.desk.execute(
        "UPDATE attempts SET timestamp_ms = timestamp_ms - 60000,"
        " sending_at = sending_at - interval '60 s' WHERE account_id = %s RETURNING id",
        trader.desk.accounts[0],
    )[0]
    assert isinstance(row[0], UUID)
    return row[0]


def state_of(trader: Trader) -> tuple[object, ...]:
    return trader.desk.execute(
        "SELECT a.state, i.state, a.evidence FROM attempts AS a JOIN intents AS i"
        " ON i.id = a.intent_id WHERE a.account_id = %s",
        trader.desk.accounts[0],
    )[0]


async def test_with_nothing_speaking_for_it_an_order_is_absent(trader: Trader) -> None:
    await lose_an_order(trader)
    await resolver.run(trader.context)
    assert state_of(trader)[:2] == ("absent", "expired")


async def test_a_position_that_our_trades_do_not_explain_speaks_against_absence(
    trader: Trader,
) -> None:
    await lose_an_order(trader)
    account = trader.desk.accounts[0]
    trader.desk.execute(
        "INSERT INTO positions (account_id, symbol, position_side, quantity, entry_price,"
        " realised_pnl, commission) VALUES (%s, %s, 'BOTH', 0.01, 50000, 0, 0)"
        " ON CONFLICT (account_id, symbol, position_side) DO UPDATE SET quantity = 0.01",
        account,
        SYMBOL,
    )
    await resolver.run(trader.context)
    assert state_of(trader)[:2] == ("unknown", "executing")
    trader.desk.execute("UPDATE positions SET quantity = 0 WHERE account_id = %s", account)
    await resolver.run(trader.context)
    assert state_of(trader)[0] == "absent"


async def test_a_customers_own_trade_meanwhile_does_not_speak_against_it(trader: Trader) -> None:
    await lose_an_order(trader)
    session = trader.sessions[0]
    own = make_request(
        session.exchange,
        symbol=SYMBOL,
        client_order_id="by-hand-1",
        quantity=Decimal("0.01"),
        timestamp_ms=trader.context.gateway.timestamp_ms(session.exchange, session.mode),
    )
    await trader.context.gateway.submit(session, own)
    for _ in range(20):
        await resolver.run(trader.context)
        if state_of(trader)[0] == "absent":
            break
    assert state_of(trader)[0] == "absent"


async def test_beyond_what_its_exchange_remembers_it_expires_unseen(trader: Trader) -> None:
    await lose_an_order(trader)
    trader.desk.execute(
        "UPDATE attempts SET sending_at = now() - interval '4 days', created_at ="
        " now() - interval '4 days' WHERE account_id = %s",
        trader.desk.accounts[0],
    )
    trader.desk.execute(
        "UPDATE intents SET deadline = NULL WHERE account_id = %s", trader.desk.accounts[0]
    )
    await resolver.run(trader.context)
    assert state_of(trader)[:2] == ("expired_unseen", "expired")
    # No licence to send it again, although its intent would have allowed two more.
    await resolver.run(trader.context)
    assert trader.desk.states() == {"expired_unseen": 1}


async def test_a_stop_that_never_arrived_is_placed_anew_at_once(
    server: Server, as_daemon: str, database_name: str
) -> None:
    async with running_trader(
        server, database_name, accounts=1, exchanges=(Exchange.BINANCE,)
    ) as trader:
        session = trader.sessions[0]
        await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
        await reading.read_fills(trader.context, session, SYMBOL)
        await trader.paper.plan_fault("drop_before", "/fapi/v1/algoOrder", method="POST")
        await protector.run(trader.context)
        assert trader.desk.states()["unknown"] == 1
        trader.desk.execute(
            "UPDATE attempts SET timestamp_ms = timestamp_ms - 60000,"
            " sending_at = sending_at - interval '60 s' WHERE state = 'unknown'"
        )
        await resolver.run(trader.context)
        assert trader.desk.states()["absent"] == 1
        found = await trader.context.gateway.fetch_open_orders(session, symbol=SYMBOL)
        assert [report.trigger_price is not None for report in found] == [True]


async def quarantine(trader: Trader) -> UUID:
    attempt_id = await lose_an_order(trader)
    async with begin(SYSTEM) as uow:
        await doubts.quarantine(uow, attempt_id, now=uow.now)
    assert state_of(trader)[:2] == ("quarantined", "blocked")
    return attempt_id


def claimed(command: SettleOrder) -> ClaimedCommand:
    return ClaimedCommand(UUID(int=1), command.type, 0, command, "", None, "tests")


async def test_looking_again_settles_what_can_be_settled(trader: Trader) -> None:
    attempt_id = await quarantine(trader)
    command = SettleOrder(attempt_id=attempt_id, decision="look", reason="Is it there?")
    result = await reconciliation.settle_order(claimed(command), command, trader.context)
    assert result == {"state": "absent"}


async def test_a_person_may_give_an_order_in_quarantine_up(trader: Trader) -> None:
    attempt_id = await quarantine(trader)
    command = SettleOrder(attempt_id=attempt_id, decision="absent", reason="Asked the exchange")
    result = await reconciliation.settle_order(claimed(command), command, trader.context)
    assert result == {"state": "absent"}
    assert state_of(trader) == ("absent", "failed", "Declared: Asked the exchange")
    with pytest.raises(Refused, match="learnt"):
        await reconciliation.settle_order(claimed(command), command, trader.context)


async def test_an_order_that_is_still_looked_up_cannot_be_given_up(trader: Trader) -> None:
    attempt_id = await lose_an_order(trader)
    async with begin(SYSTEM) as uow:
        with pytest.raises(Refused, match="Only an order in quarantine"):
            await doubts.decide(
                uow, attempt_id, "absent", reason="Impatient", idempotency_key="tests"
            )
        assert await doubts.decide(
            uow, attempt_id, "look", reason="Is it there?", idempotency_key=str(attempt_id)
        )
        assert len(await attempts.in_doubt(uow, trader.desk.accounts[0])) == 1
