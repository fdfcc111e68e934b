"""An entry may wait for the market to pass a price: unguarded before, protected from then on."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from daemon.execution import amendments, entries, fan_out, protector
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.amendments import AmendmentState
from patriot_app.core.domain.entries import stop_entry
from patriot_app.core.errors import Invalid
from tests.daemon.execution.test_amendments import issued
from tests.daemon.execution.test_entries import (
    booked_as_held,
    both,
    cancel_causes,
    enter,
    limit_signal,
    settle,
    to_market_time,
)
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server
from tests.waiting import until

__all__ = ["both"]

LIFE = timedelta(hours=2)
ABOVE = Decimal("1.01")


@pytest.fixture
async def on_binance(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(server, database_name, accounts=1) as trader:
        yield trader


async def stop_signal(trader: Trader, *, limit: Decimal | None = None) -> UUID:
    """Record a signal that buys once the market has gone on by a per cent."""
    price = await trader.price()
    trigger = (price * ABOVE).quantize(Decimal("0.1"))
    return await trader.signal(
        stop_loss=(trigger * Decimal("0.97")).quantize(Decimal("0.1")),
        entry=stop_entry(
            trigger,
            price=None if limit is None else (trigger * limit).quantize(Decimal("0.1")),
            market_now=trader.context.market_now(),
            life=LIFE,
        ),
    )


async def move(trader: Trader, ratio: str) -> None:
    """Move the market, and what the desk knows of it."""
    await trader.paper.set_price(SYMBOL, (await trader.price()) * Decimal(ratio))
    for exchange in Exchange:
        mark = await trader.price(exchange)
        trader.context.prices.put(exchange, AccountMode.PAPER, SYMBOL, mark=mark)


def legs(trader: Trader) -> list[str]:
    rows = trader.desk.execute(
        "SELECT state FROM protection_legs WHERE account_id = ANY(%s) AND leg = 'stop_loss'",
        list(trader.desk.accounts),
    )
    return [str(state) for (state,) in rows]


@pytest.mark.parametrize("limit", [None, Decimal("1.005")], ids=["at market", "at a limit"])
async def test_it_waits_unguarded_and_is_protected_once_it_has_filled(
    both: Trader, limit: Decimal | None
) -> None:
    report = await enter(both, await stop_signal(both, limit=limit))
    assert (report.attempts, report.unsent) == (2, 0)
    await settle(both)
    await protector.guard(both.context, list(both.desk.accounts))
    assert both.desk.states() == {"open": 2}
    assert legs(both) == []
    assert await booked_as_held(both) == [Decimal(0)] * 2
    await move(both, "1.012")
    await settle(both)
    entered = both.desk.execute(
        "SELECT attempts.state FROM attempts JOIN intents ON intents.id = intent_id"
        " WHERE leg = 'entry' AND attempts.account_id = ANY(%s)",
        list(both.desk.accounts),
    )
    assert entered == [("filled",), ("filled",)]
    assert all(await booked_as_held(both))

    async def both_stand() -> bool:
        await protector.guard(both.context, list(both.desk.accounts))
        return legs(both) == ["placed", "placed"]

    await until(both_stand)


async def test_its_size_follows_from_trigger_and_stop(both: Trader) -> None:
    await enter(both, await stop_signal(both))
    rows = both.desk.execute(
        "SELECT trigger_price, stop_loss, quantity FROM intents WHERE account_id = ANY(%s)",
        list(both.desk.accounts),
    )
    for trigger, stop, quantity in rows:
        risk = (trigger - stop) * quantity  # type: ignore[operator]
        # One per cent of 10,000 USDT, less what a step of the quantity is worth.
        assert Decimal(100) - (trigger - stop) * Decimal("0.001") <= risk <= 100  # type: ignore[operator]


async def test_it_is_taken_back_at_its_end_and_for_a_newer_signal(both: Trader) -> None:
    await enter(both, await stop_signal(both))
    await enter(both, await limit_signal(both))
    assert cancel_causes(both) == ["superseded"] * 2
    assert both.desk.states() == {"canceled": 2, "open": 2}
    await enter(both, await stop_signal(both))
    to_market_time(both, both.context.market_now() + LIFE + timedelta(minutes=1))
    await entries.tend(both.context)
    assert sorted(map(str, cancel_causes(both))) == ["expired"] * 2 + ["superseded"] * 4


async def test_a_market_that_has_passed_the_trigger_is_not_chased(both: Trader) -> None:
    signal_id = await stop_signal(both)
    await move(both, "1.02")
    report = await enter(both, signal_id)
    assert report.attempts == 0
    reasons = both.desk.execute(
        "SELECT DISTINCT reason_code FROM fan_out_accounts WHERE signal_id = %s", signal_id
    )
    assert reasons == [("PRICE_MOVED",)]


async def test_a_change_of_its_trigger_replaces_it(both: Trader) -> None:
    await enter(both, await stop_signal(both, limit=Decimal("1.005")))
    rows = both.desk.execute(
        "SELECT attempts.id, price, trigger_price FROM attempts JOIN intents"
        " ON intents.id = intent_id WHERE attempts.account_id = ANY(%s)",
        list(both.desk.accounts),
    )
    for attempt_id, price, trigger in rows:
        assert isinstance(attempt_id, UUID)
        assert isinstance(price, Decimal)
        assert isinstance(trigger, Decimal)
        with pytest.raises(Invalid, match="trigger at once"):
            await amendments.amend(
                both.context,
                attempt_id,
                price=price - 1_500,
                quantity=None,
                command_id=issued(both),
            )
        state = await amendments.amend(
            both.context, attempt_id, price=price + 100, quantity=None, command_id=issued(both)
        )
        assert state is AmendmentState.REPLACED
        successors = both.desk.execute(
            "SELECT price, trigger_price FROM intents WHERE replaces ="
            " (SELECT intent_id FROM attempts WHERE id = %s)",
            attempt_id,
        )
        assert successors == [(price + 100, trigger + 100)]
    assert both.desk.states() == {"canceled": 2, "open": 2}


async def test_one_that_waits_at_its_limit_after_its_trigger_is_taken_back_too(
    on_binance: Trader,
) -> None:
    trader = on_binance
    # Its limit is below the trigger: once triggered it rests as an order under another number.
    signal_id = await stop_signal(trader, limit=Decimal("0.999"))
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    await move(trader, "1.012")
    await settle(trader)
    triggered = trader.desk.execute(
        "SELECT triggered_order_id IS NOT NULL FROM attempts WHERE account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    assert triggered == [(True,)]
    assert trader.desk.states() == {"open": 1}
    to_market_time(trader, trader.context.market_now() + LIFE + timedelta(minutes=1))
    await entries.tend(trader.context)
    assert cancel_causes(trader) == ["expired"]
    open_now = await trader.context.gateway.fetch_open_orders(trader.sessions[0])
    assert open_now == []
