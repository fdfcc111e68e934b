"""A failed account of a signal is tried again once, and never one that may still trade."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from daemon.execution import fan_out
from daemon.handlers import retries as handler
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.commands import RetrySignal, command_from
from patriot_app.core.domain.permissions import STAFF_ROLES, Actor
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.queries import retries as retry_queries
from patriot_app.core.services import retries
from patriot_app.core.services.commands import ClaimedCommand
from patriot_app.core.unit_of_work import begin
from tests.daemon.execution.trading import Trader, running_trader
from tests.database import Server


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(server, database_name, accounts=3) as trader:
        yield trader


async def reject_next(trader: Trader, *accounts: UUID) -> None:
    """Let the exchange refuse the next order of these accounts for good."""
    for account in accounts:
        await trader.paper.control(
            "POST",
            "/faults",
            {
                "kind": "insufficient_margin",
                "path": "/fapi/v1/order",
                "method": "POST",
                "api_key": account.hex,
            },
        )


async def failed_signal(trader: Trader) -> UUID:
    """Send a signal that two of three accounts fill and the first one does not."""
    await reject_next(trader, trader.desk.accounts[0])
    signal_id = await trader.signal()
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    return signal_id


def command(signal_id: UUID, *accounts: UUID, at_present_price: bool = False) -> RetrySignal:
    return RetrySignal(
        signal_id=signal_id,
        accounts=tuple(str(one) for one in accounts),
        at_present_price=at_present_price,
        reason="The margin was raised",
    )


def claimed(made: RetrySignal, command_id: UUID | None = None) -> ClaimedCommand:
    return ClaimedCommand(
        command_id or uuid4(), made.type, None, made, "", issued_by=None, surface="console"
    )


def expire(trader: Trader, signal_id: UUID) -> None:
    trader.desk.execute(
        "UPDATE signals SET valid_until = now() - interval '1 second' WHERE id = %s", signal_id
    )


async def test_the_failed_account_is_tried_again_while_the_signal_is_valid(trader: Trader) -> None:
    signal_id = await failed_signal(trader)
    first = trader.desk.accounts[0]
    assert await trader.held(first) == 0
    made = command(signal_id, first)
    said = await handler.retry(claimed(made), made, trader.context)
    assert said["accounts"] == 1
    again = UUID(said["signal_id"])
    await fan_out.run(trader.context, again, trader.desk.all_shards)
    assert await trader.held(first) > 0
    decided = trader.desk.execute(
        "SELECT account_id, decision FROM fan_out_accounts WHERE signal_id = %s", again
    )
    assert decided == [(first, "planned")]
    ids = trader.desk.execute(
        "SELECT count(*), count(DISTINCT client_order_id) FROM attempts AS t"
        " JOIN intents AS i ON i.id = t.intent_id WHERE t.account_id = %s AND i.leg = 'entry'",
        first,
    )
    assert ids == [(2, 2)]
    until = trader.desk.execute(
        "SELECT count(DISTINCT valid_until) FROM signals WHERE id = ANY(%s)", [signal_id, again]
    )
    assert until == [(1,)]


async def test_accounts_that_filled_are_never_tried_again(trader: Trader) -> None:
    signal_id = await failed_signal(trader)
    made = command(signal_id, *trader.desk.accounts)
    said = await handler.retry(claimed(made), made, trader.context)
    assert said["accounts"] == 1
    (accounts,) = trader.desk.execute(
        "SELECT accounts FROM signals WHERE id = %s", UUID(said["signal_id"])
    )[0]
    assert accounts == [trader.desk.accounts[0]]


@pytest.mark.parametrize("state", ["unknown", "quarantined", "open", "sending", "created"])
async def test_an_order_that_may_still_trade_is_never_doubled(trader: Trader, state: str) -> None:
    signal_id = await failed_signal(trader)
    first = trader.desk.accounts[0]
    trader.desk.execute("UPDATE attempts SET state = %s WHERE account_id = %s", state, first)
    made = command(signal_id, first)
    with pytest.raises(Refused, match="have an order by now"):
        await handler.retry(claimed(made), made, trader.context)


async def test_two_operators_and_a_claim_that_returned_try_once(trader: Trader) -> None:
    signal_id = await failed_signal(trader)
    first = trader.desk.accounts[0]
    made = command(signal_id, first)
    one, other = claimed(made), claimed(made)
    results = await asyncio.gather(
        *(handler.retry(each, made, trader.context) for each in (one, other)),
        return_exceptions=True,
    )
    refused = [each for each in results if isinstance(each, Refused)]
    done = [each for each in results if isinstance(each, dict)]
    assert (len(refused), len(done)) == (1, 1)
    winner = one if isinstance(results[0], dict) else other
    assert await handler.retry(winner, made, trader.context) == done[0]
    count = trader.desk.execute("SELECT count(*) FROM signals WHERE retry_of = %s", signal_id)
    assert count == [(1,)]


async def test_an_expired_signal_needs_consent_to_the_present_price(trader: Trader) -> None:
    signal_id = await failed_signal(trader)
    first = trader.desk.accounts[0]
    expire(trader, signal_id)
    made = command(signal_id, first)
    with pytest.raises(Refused, match="expired"):
        await handler.retry(claimed(made), made, trader.context)


async def test_with_consent_it_is_sent_at_the_present_price(trader: Trader) -> None:
    signal_id = await failed_signal(trader)
    first = trader.desk.accounts[0]
    expire(trader, signal_id)
    trader.desk.execute("UPDATE signals SET reference_price = 1 WHERE id = %s", signal_id)
    made = command(signal_id, first, at_present_price=True)
    said = await handler.retry(claimed(made), made, trader.context)
    price, is_valid, explanation = trader.desk.execute(
        "SELECT reference_price, valid_until > now(), explanation FROM signals WHERE id = %s",
        UUID(said["signal_id"]),
    )[0]
    assert isinstance(price, Decimal)
    assert price > 1000
    assert is_valid
    assert explanation == "Tried again: The margin was raised"


async def test_a_stop_that_the_price_has_passed_is_not_sent_again(trader: Trader) -> None:
    signal_id = await failed_signal(trader)
    expire(trader, signal_id)
    trader.desk.execute("UPDATE signals SET stop_loss = 10000000 WHERE id = %s", signal_id)
    made = command(signal_id, trader.desk.accounts[0], at_present_price=True)
    with pytest.raises(Invalid):
        await handler.retry(claimed(made), made, trader.context)


async def test_a_newer_signal_ends_the_older_ones_tries(trader: Trader) -> None:
    signal_id = await failed_signal(trader)
    newer = await trader.signal(action=SignalAction.CLOSE)
    assert newer != signal_id
    made = command(signal_id, trader.desk.accounts[0], at_present_price=True)
    with pytest.raises(Refused, match="newer signal"):
        await handler.retry(claimed(made), made, trader.context)


async def test_the_operator_sees_who_is_tried_again_and_who_is_not(
    server: Server, trader: Trader, database_name: str
) -> None:
    signal_id = await failed_signal(trader)
    engine = create_engine(
        server.url("patriot_web", database_name), process_name="tests-web", pool_size=2
    )
    use_engine(engine)
    operator = Actor(user_id=None, name="Operator", roles=STAFF_ROLES, surface="console")
    seen = await retry_queries.preview(operator, signal_id)
    assert [(one.outcome, one.accounts) for one in seen.again] == [("failed", 1)]
    assert sum(one.accounts for one in seen.left_out) == 2
    assert seen.accounts == 1
    async with begin(operator) as uow:
        command_id = await retries.ask(
            uow, signal_id, at_present_price=False, reason="Raised", idempotency_key="k-1"
        )
    async with begin(operator) as uow:
        again = await retries.ask(
            uow, signal_id, at_present_price=False, reason="Raised", idempotency_key="k-1"
        )
    assert command_id == again
    await engine.dispose()
    (payload,) = trader.desk.execute("SELECT payload FROM commands WHERE id = %s", command_id)[0]
    assert isinstance(payload, dict)
    rebuilt = command_from("RetrySignal", payload)
    assert isinstance(rebuilt, RetrySignal)
    assert rebuilt.accounts == (str(trader.desk.accounts[0]),)
