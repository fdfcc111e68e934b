"""An entry that its exchange does not change is cancelled, proved over, and only then followed."""

from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from daemon.execution import amendments, cancels, reading, replacements
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.amendments import AmendmentState
from patriot_app.core.domain.entries import WithdrawalCause
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries import signals
from patriot_app.core.services import attempts
from patriot_app.core.unit_of_work import begin
from tests.daemon.execution.test_amendments import (
    AMEND,
    EXCHANGES,
    METHOD,
    at_exchange,
    booked,
    issued,
    resting_entry,
)
from tests.daemon.execution.trading import Trader, running_trader
from tests.database import Server
from tests.factories.rows import OPERATOR

REFUSAL = {
    Exchange.BINANCE: (400, '{"code":-5026,"msg":"Exceed maximum modify order limit."}'),
    Exchange.BYBIT: (200, '{"retCode":110032,"retMsg":"Order is illegal","result":{}}'),
}


@pytest.fixture(params=EXCHANGES, ids=[exchange.value for exchange in EXCHANGES])
async def trader(
    request: pytest.FixtureRequest, server: Server, as_daemon: str, database_name: str
) -> AsyncIterator[Trader]:
    async with running_trader(
        server, database_name, accounts=1, exchanges=(request.param,)
    ) as trader:
        yield trader


async def refuse(trader: Trader) -> None:
    """Let the exchange say to the next change that such an order is changed no more."""
    exchange = trader.sessions[0].exchange
    status, body = REFUSAL[exchange]
    await trader.paper.plan_fault(
        "respond",
        AMEND[exchange],
        method=METHOD[exchange],
        status=status,
        body=body,
    )


async def change(trader: Trader, attempt_id: UUID) -> AmendmentState:
    await refuse(trader)
    price, _ = booked(trader, attempt_id)
    return await amendments.amend(
        trader.context,
        attempt_id,
        price=price * Decimal("0.99"),
        quantity=None,
        command_id=issued(trader),
    )


def entries(trader: Trader) -> list[tuple[str, Decimal, Decimal]]:
    """Return state, price and quantity of every entry, the oldest first."""
    return [
        (str(state), price, quantity)
        for state, price, quantity in trader.desk.execute(
            "SELECT attempts.state, price, quantity FROM attempts JOIN intents"
            " ON intents.id = intent_id WHERE leg = 'entry' AND attempts.account_id = %s"
            " ORDER BY intents.created_at, number",
            trader.desk.accounts[0],
        )
    ]


async def test_what_cannot_be_changed_is_cancelled_and_followed(trader: Trader) -> None:
    order = await resting_entry(trader)
    before = booked(trader, order)
    assert await change(trader, order) is AmendmentState.REPLACED
    (first, *_), (second, price, quantity) = entries(trader)
    assert (first, second) == ("canceled", "open")
    assert (price, quantity) == await at_exchange(trader)
    assert price < before[0]
    assert quantity <= before[1]
    rows = trader.desk.execute(
        "SELECT signal_id FROM intents WHERE account_id = %s LIMIT 1", trader.desk.accounts[0]
    )
    summary = await signals.get(OPERATOR, rows[0][0])
    assert (summary.counts.accounts, summary.counts.working) == (1, 1)


async def test_a_fill_in_the_race_with_the_cancel_leaves_nothing_to_order(trader: Trader) -> None:
    order = await resting_entry(trader)
    _, quantity = booked(trader, order)
    await replacing(trader, order)
    await trader.paper.set_price("BTCUSDT", (await trader.price()) * Decimal("0.985"))
    await replacements.go_on(trader.context)
    await reading.read_fills(trader.context, trader.sessions[0], "BTCUSDT")
    await replacements.go_on(trader.context)
    assert last_change(trader) == "withdrawn"
    assert [state for state, *_ in entries(trader)] == ["filled"]
    assert await trader.held(trader.desk.accounts[0]) == quantity


async def replacing(trader: Trader, order: UUID) -> None:
    """Write a replacement down as a process does that dies before it cancels anything."""
    price, quantity = booked(trader, order)
    trader.desk.execute(
        "INSERT INTO amendments (id, attempt_id, account_id, shard, price, quantity, former_price,"
        " former_quantity, state) SELECT gen_random_uuid(), id, account_id, shard, %s, %s, %s, %s,"
        " 'replacing' FROM attempts WHERE id = %s",
        price - 10,
        quantity,
        price,
        quantity,
        order,
    )


def last_change(trader: Trader) -> str:
    rows = trader.desk.execute(
        "SELECT state FROM amendments WHERE account_id = %s", trader.desk.accounts[0]
    )
    return str(rows[0][0])


async def test_a_crash_before_the_cancel_is_gone_on_from(trader: Trader) -> None:
    order = await resting_entry(trader)
    await replacing(trader, order)
    await replacements.go_on(trader.context)
    assert last_change(trader) == "replaced"
    assert [state for state, *_ in entries(trader)] == ["canceled", "open"]
    assert entries(trader)[1][1:] == await at_exchange(trader)


async def test_a_crash_after_the_cancel_is_gone_on_from(trader: Trader) -> None:
    order = await resting_entry(trader)
    await replacing(trader, order)
    async with begin(SYSTEM, clock=trader.context.clock) as uow:
        found = await attempts.by_ids(uow, [order])
    await cancels.cancel(trader.context, found, cause=WithdrawalCause.REPLACED)
    for _ in range(2):
        await replacements.go_on(trader.context)
    assert [state for state, *_ in entries(trader)] == ["canceled", "open"]


async def test_an_entry_that_a_person_took_back_is_not_followed(trader: Trader) -> None:
    order = await resting_entry(trader)
    async with begin(SYSTEM, clock=trader.context.clock) as uow:
        found = await attempts.by_ids(uow, [order])
    await cancels.cancel(trader.context, found, cause=WithdrawalCause.OPERATOR)
    await replacing(trader, order)
    await replacements.go_on(trader.context)
    assert last_change(trader) == "withdrawn"
    assert [state for state, *_ in entries(trader)] == ["canceled"]


async def test_a_halt_keeps_the_successor_from_leaving(trader: Trader) -> None:
    order = await resting_entry(trader)
    await replacing(trader, order)
    trader.desk.halt("account", trader.desk.accounts[0])
    await replacements.go_on(trader.context)
    trader.desk.lift()
    assert [state for state, *_ in entries(trader)] == ["canceled", "void"]


async def test_a_retry_on_other_accounts_does_not_end_a_replacement(trader: Trader) -> None:
    order = await resting_entry(trader)
    await replacing(trader, order)
    retry = await trader.signal()
    trader.desk.execute("UPDATE signals SET accounts = ARRAY[%s] WHERE id = %s", uuid4(), retry)
    await replacements.go_on(trader.context)
    assert last_change(trader) == "replaced"
