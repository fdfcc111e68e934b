"""Stop and target that an operator moves, on both exchanges: placed before the old ones go."""

from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID

import pytest

from daemon.execution import exit_plans, levels, protector
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.commands import MoveLevels
from patriot_app.core.errors import Invalid, Refused
from tests.daemon.execution.test_exit_plans import (
    TRAILING,
    enter,
    look,
    move,
    plan,
    settle,
    triggers,
    wanted_stop,
)
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server


@pytest.fixture(params=list(Exchange))
async def trader(
    server: Server, as_daemon: str, database_name: str, request: pytest.FixtureRequest
) -> AsyncIterator[Trader]:
    async with running_trader(
        server,
        database_name,
        accounts=1,
        exchanges=(request.param,),
        trailing_pause_s=0,
    ) as trader:
        yield trader


async def ask(
    trader: Trader, account: UUID, stop: Decimal, target: Decimal | None, **more: bool
) -> str:
    command = MoveLevels(
        account_id=account,
        symbol=SYMBOL,
        stop_loss=str(stop),
        take_profit=None if target is None else str(target),
        reason="By hand",
        **more,
    )
    return await levels.move(trader.context, command)


async def share_of_price(trader: Trader, share: str) -> Decimal:
    price = await trader.price(trader.sessions[0].exchange)
    return (price * Decimal(share)).quantize(Decimal(1))


async def test_both_levels_move_and_only_the_new_ones_stay(trader: Trader) -> None:
    await enter(trader, {})
    account = trader.desk.accounts[0]
    attached = await triggers(trader, account)
    stop, target = await share_of_price(trader, "0.99"), await share_of_price(trader, "1.02")
    assert await ask(trader, account, stop, target) == "stands at the exchange"
    await look(trader)
    await protector.run(trader.context)
    await look(trader)
    # Bybit keeps the stop that came with the entry, behind the nearer one.
    outer = attached[:1] if trader.sessions[0].exchange is Exchange.BYBIT else []
    assert await triggers(trader, account) == [*outer, stop, target]
    told = trader.desk.execute(
        "SELECT payload->>'stop', payload->>'reason' FROM events"
        " WHERE type = 'ProtectionChanged' AND subject_id = %s",
        account,
    )
    assert told == [(str(stop), "By hand")]


async def test_a_wider_stop_needs_consent_and_ends_the_plan(trader: Trader) -> None:
    await enter(trader, TRAILING, target="0.2")
    await exit_plans.run(trader.context)
    account = trader.desk.accounts[0]
    before = wanted_stop(trader, account)
    wider, target = await share_of_price(trader, "0.97"), await share_of_price(trader, "1.2")
    with pytest.raises(Refused, match="risk more"):
        await ask(trader, account, wider, target)
    assert wanted_stop(trader, account) == before
    await ask(trader, account, wider, target, accepts_more_risk=True)
    await look(trader)
    await protector.run(trader.context)
    await look(trader)
    assert await triggers(trader, account) == [wider, target]
    assert plan(trader, account, "state") == ("overridden",)
    await move(trader, "1.5")
    await settle(trader)
    assert wanted_stop(trader, account) == wider


async def test_a_level_that_would_trigger_at_once_is_refused(trader: Trader) -> None:
    await enter(trader, {})
    await move(trader, "0.1")
    account = trader.desk.accounts[0]
    before = await triggers(trader, account)
    with pytest.raises(Invalid) as caught:
        await ask(trader, account, await share_of_price(trader, "1.01"), None)
    assert set(caught.value.fields) == {"stop_loss"}
    assert await triggers(trader, account) == before


async def test_a_target_that_is_taken_away_goes_at_the_exchange_too(trader: Trader) -> None:
    await enter(trader, {})
    account = trader.desk.accounts[0]
    stop, target = (await triggers(trader, account))[:2]
    await ask(trader, account, stop, None)
    await look(trader)
    await protector.run(trader.context)
    await look(trader)
    assert target not in await triggers(trader, account)
    assert stop in await triggers(trader, account)
