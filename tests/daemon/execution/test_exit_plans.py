"""Stops that follow the price and parts that are closed early, on both exchanges and over crashes."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from daemon.execution import exit_plans, exits, fan_out, protector, reading, submitter
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.signals import SignalAction
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server
from tests.factories.desk import EPOCH

RULE_80_80_50 = {"partial_trigger": "0.8", "partial_close": "0.8", "partial_stop": "0.5"}
TRAILING = {"trailing": "percent", "trailing_activation": "0.01", "trailing_callback": "0.005"}


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


async def look(trader: Trader) -> None:
    for session in trader.sessions:
        await reading.read_orders(trader.context, session)
        await reading.read_fills(trader.context, session, SYMBOL)


async def enter(
    trader: Trader,
    rules: dict[str, str],
    *,
    action: SignalAction = SignalAction.OPEN_LONG,
    target: str = "0.04",
) -> None:
    """Open a position by a strategy with these settings, its stop 2 % away, and protect it."""
    version = uuid4()
    trader.desk.execute(
        "INSERT INTO strategy_versions (id, strategy_id, number, parameters)"
        " SELECT %s, strategy_id, (SELECT count(*) + 1 FROM strategy_versions AS one"
        "  WHERE one.strategy_id = before.strategy_id), parameters || %s"
        " FROM strategy_versions AS before WHERE id = %s",
        version,
        Jsonb(rules),
        trader.desk.version_id,
    )
    trader.desk = replace(trader.desk, version_id=version)
    price = (await trader.price()).quantize(Decimal(1))
    sign = 1 if action is SignalAction.OPEN_LONG else -1
    signal_id = await trader.signal(
        action=action,
        stop_loss=(price * (1 - sign * Decimal("0.02"))).quantize(Decimal(1)),
        take_profit=(price * (1 + sign * Decimal(target))).quantize(Decimal(1)),
    )
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    await look(trader)
    await protector.run(trader.context)


async def move(trader: Trader, percent: str) -> Decimal:
    """Move the price of the market, tell the desk, and return it."""
    exchange = trader.sessions[0].exchange
    await trader.paper.move_price(SYMBOL, percent)
    await trader.paper.advance(seconds=2)
    price = await trader.price(exchange)
    trader.context.prices.put(exchange, AccountMode.PAPER, SYMBOL, mark=price)
    return price


async def settle(trader: Trader) -> None:
    """Let the desk hear what happened and follow up."""
    await look(trader)
    await exit_plans.run(trader.context)
    await protector.run(trader.context)
    await look(trader)


def plan(trader: Trader, account: UUID, columns: str) -> tuple[object, ...]:
    [row] = trader.desk.execute(f"SELECT {columns} FROM exit_plans WHERE account_id = %s", account)
    return row


def wanted_stop(trader: Trader, account: UUID) -> Decimal:
    [(stop,)] = trader.desk.execute(
        "SELECT wanted_stop FROM positions WHERE account_id = %s", account
    )
    assert isinstance(stop, Decimal)
    return stop


def exits_of(trader: Trader, account: UUID) -> list[tuple[object, ...]]:
    return trader.desk.execute(
        "SELECT intent.state, attempt.state, attempt.filled_quantity FROM intents AS intent"
        " JOIN attempts AS attempt ON attempt.intent_id = intent.id"
        " WHERE intent.leg = 'exit' AND intent.account_id = %s ORDER BY intent.created_at",
        account,
    )


async def triggers(trader: Trader, account: UUID) -> list[Decimal]:
    session = trader.context.sessions[account]
    found = await trader.context.gateway.fetch_open_orders(session, symbol=SYMBOL)
    return sorted(r.trigger_price for r in found if r.trigger_price is not None)


@pytest.mark.parametrize("action", [SignalAction.OPEN_LONG, SignalAction.OPEN_SHORT])
async def test_a_part_is_closed_and_the_stop_moves_up_the_way(
    trader: Trader, action: SignalAction
) -> None:
    sign = 1 if action is SignalAction.OPEN_LONG else -1
    await enter(trader, RULE_80_80_50, action=action)
    before = {account: await trader.held(account) for account in trader.desk.accounts}
    await exit_plans.run(trader.context)
    assert {plan(trader, a, "partial") for a in trader.desk.accounts} == {("waiting",)}
    await move(trader, f"{sign * Decimal('3.4')}")
    await exit_plans.run(trader.context)
    for _ in range(3):
        await settle(trader)
    for account in trader.desk.accounts:
        entry, target = trader.desk.execute(
            "SELECT entry_price, wanted_target FROM positions WHERE account_id = %s", account
        )[0]
        assert isinstance(entry, Decimal)
        assert isinstance(target, Decimal)
        stop = wanted_stop(trader, account)
        assert abs(stop - (entry + (target - entry) / 2)) <= Decimal("0.1")
        assert stop in await triggers(trader, account)
        assert target in await triggers(trader, account)
        left = await trader.held(account)
        assert left * sign > 0
        step = Decimal("0.001")
        assert abs(left) == abs(before[account]) - (
            abs(before[account]) * Decimal("0.8") // step * step
        )
        assert plan(trader, account, "partial, partial_tries, state") == ("done", 1, "active")
        assert len(exits_of(trader, account)) == 1


async def test_a_trailing_stop_follows_at_the_exchange_and_closes_in_the_end(
    trader: Trader,
) -> None:
    await enter(trader, TRAILING, target="0.2")
    account = trader.desk.accounts[0]
    seen = [wanted_stop(trader, account)]
    for percent in ("1.5", "0.5", "0.5"):
        price = await move(trader, percent)
        await settle(trader)
        await settle(trader)
        seen.append(wanted_stop(trader, account))
        assert abs(seen[-1] - price * Decimal("0.995")) <= Decimal("0.1")
        assert seen[-1] in await triggers(trader, account)
    assert seen == sorted(set(seen))
    await move(trader, "-0.3")
    await settle(trader)
    assert wanted_stop(trader, account) == seen[-1]
    await move(trader, "-0.5")
    await settle(trader)
    await settle(trader)
    assert await trader.held(account) == 0
    assert await triggers(trader, account) == []
    assert plan(trader, account, "state, ended_at IS NULL, stop_moves") == ("ended", False, 3)
    assert exits_of(trader, account) == []


async def test_a_crash_after_the_record_closes_the_part_once(trader: Trader) -> None:
    await enter(trader, RULE_80_80_50)
    await move(trader, "3.4")
    # The shards are somebody else's between record and send: what is recorded stays unsent.
    trader.desk.lease(epoch=EPOCH + 1)
    await exit_plans.run(trader.context)
    trader.desk.lease(epoch=EPOCH)
    account = trader.desk.accounts[0]
    [(_, state, filled)] = exits_of(trader, account)
    assert (state, filled) == ("created", 0)
    held = await trader.held(account)
    await settle(trader)
    await settle(trader)
    assert 0 < await trader.held(account) < held
    assert plan(trader, account, "partial, partial_tries") == ("done", 1)
    assert [(state, filled) for _, state, filled in exits_of(trader, account)] == [
        ("filled", held - await trader.held(account))
    ]


async def test_a_crash_after_the_close_was_sent_closes_nothing_more(
    trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    await enter(trader, RULE_80_80_50)
    await move(trader, "3.4")

    class Killed(BaseException):
        pass

    sent = submitter.send

    async def send_and_die(*args: object, **kwargs: object) -> None:
        await sent(*args, **kwargs)  # type: ignore[arg-type]
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(submitter, "send", send_and_die)
        with pytest.raises(Killed):
            await exit_plans.run(trader.context)
    account = trader.desk.accounts[0]
    held = await trader.held(account)
    for _ in range(3):
        await settle(trader)
    assert await trader.held(account) == held
    assert len(exits_of(trader, account)) == 1
    # The stop was recorded with the close, so whoever comes next moves it.
    assert wanted_stop(trader, account) in await triggers(trader, account)
    assert plan(trader, account, "partial") == ("done",)


async def test_a_crash_while_the_stop_moves_leaves_one_standing(trader: Trader) -> None:
    await enter(trader, TRAILING, target="0.2")
    account = trader.desk.accounts[0]
    first = wanted_stop(trader, account)
    await move(trader, "1.5")
    await exit_plans.run(trader.context)
    moved = wanted_stop(trader, account)
    # The guard died here: the new one stands, the old one was not withdrawn.
    standing = await triggers(trader, account)
    assert {first, moved} <= set(standing)
    await settle(trader)
    assert moved in await triggers(trader, account)
    assert wanted_stop(trader, account) == moved
    unprotected = trader.desk.execute(
        "SELECT count(*) FROM positions WHERE unprotected_since IS NOT NULL"
        " AND account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    assert unprotected == [(0,)]


async def test_a_close_that_was_refused_is_tried_again_later_and_not_at_once(
    trader: Trader,
) -> None:
    await enter(trader, RULE_80_80_50)
    await move(trader, "3.4")
    account = trader.desk.accounts[0]
    trader.desk.lease(epoch=EPOCH + 1)
    await exit_plans.run(trader.context)
    trader.desk.lease(epoch=EPOCH)
    trader.desk.execute(
        "UPDATE intents SET deadline = now() - interval '1 s',"
        " created_at = now() + interval '1 h' WHERE leg = 'exit'"
        " AND account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    await exit_plans.run(trader.context)
    await exit_plans.run(trader.context)
    assert plan(trader, account, "partial, partial_tries") == ("waiting", 1)
    await exit_plans.run(trader.context)
    assert len(exits_of(trader, account)) == 1
    trader.desk.execute(
        "UPDATE intents SET created_at = now() - interval '1 min' WHERE leg = 'exit'"
        " AND account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    held = await trader.held(account)
    await exit_plans.run(trader.context)
    await settle(trader)
    await settle(trader)
    assert plan(trader, account, "partial, partial_tries") == ("done", 2)
    assert 0 < await trader.held(account) < held


async def test_a_new_position_has_a_plan_of_its_own(trader: Trader) -> None:
    await enter(trader, RULE_80_80_50)
    await exit_plans.run(trader.context)
    account = trader.desk.accounts[0]
    await exits.close_position(trader.context, account, SYMBOL, command_id=None, cause="tests")
    await look(trader)
    assert plan(trader, account, "state") == ("ended",)
    await enter(trader, RULE_80_80_50)
    await exit_plans.run(trader.context)
    states = trader.desk.execute(
        "SELECT state FROM exit_plans WHERE account_id = %s ORDER BY created_at", account
    )
    assert states == [("ended",), ("active",)]


async def test_a_stale_price_moves_nothing(trader: Trader) -> None:
    await enter(trader, TRAILING, target="0.2")
    account = trader.desk.accounts[0]
    before = wanted_stop(trader, account)
    await move(trader, "1.5")
    key = (trader.sessions[0].exchange, AccountMode.PAPER, SYMBOL)
    seen = trader.context.prices._prices[key]
    object.__setattr__(seen, "seen_at", seen.seen_at - 60)
    await settle(trader)
    assert wanted_stop(trader, account) == before


async def test_a_stop_that_was_just_moved_waits_before_it_follows_again(trader: Trader) -> None:
    await enter(trader, TRAILING, target="0.2")
    account = trader.desk.accounts[0]
    await move(trader, "1.5")
    await settle(trader)
    moved = wanted_stop(trader, account)
    trader.context.settings.trailing_pause_s = 3_600
    await move(trader, "1")
    await settle(trader)
    assert wanted_stop(trader, account) == moved
    trader.context.settings.trailing_pause_s = 0
    await settle(trader)
    assert wanted_stop(trader, account) > moved


async def test_a_strategy_without_a_plan_has_none(trader: Trader) -> None:
    await enter(trader, {})
    await move(trader, "1.5")
    await exit_plans.run(trader.context)
    found = trader.desk.execute(
        "SELECT count(*) FROM exit_plans WHERE account_id = ANY(%s)", list(trader.desk.accounts)
    )
    assert found == [(0,)]
