"""The job of rebalancing: the holder of the first shard alone, account by account, and it goes on."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from daemon.jobs import rebalance
from tests.daemon.execution.trading import HeldLeases, Trader, running_trader
from tests.database import Server


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(server, database_name, accounts=2) as trader:
        trader.desk.execute(
            "UPDATE rebalancings SET state = 'done', finished_at = now() WHERE state = 'running'"
        )
        yield trader
        trader.desk.execute("UPDATE deployments SET status = 'stopped'")


def ask_by_hand(trader: Trader) -> UUID:
    """Ask for a run as a person does; return its id."""
    run_id = uuid4()
    trader.desk.execute(
        "INSERT INTO rebalancings (id, due_at, trigger, state, reason, started_at)"
        " VALUES (%s, now(), 'person', 'running', 'Asked for', now())",
        run_id,
    )
    return run_id


def wish(trader: Trader, account: UUID, shares: dict[str, str]) -> None:
    """Let an account wait for other shares."""
    now = trader.context.clock.now()
    trader.desk.execute(
        "INSERT INTO allocation_changes (id, account_id, shares, shares_before, findings, state,"
        " effective_at, asked_at, surface) VALUES (%s, %s, %s, %s, '[]', 'waiting', %s, %s,"
        " 'console')",
        uuid4(),
        account,
        Jsonb(shares),
        Jsonb({str(trader.desk.deployment_id): "1"}),
        now - timedelta(days=1),
        now - timedelta(days=2),
    )


def share_of(trader: Trader, account: UUID) -> object:
    [[share]] = trader.desk.execute(
        "SELECT share FROM allocations WHERE account_id = %s AND released_at IS NULL", account
    )
    return share


async def test_the_holder_of_the_first_shard_alone_carries_a_run_out(trader: Trader) -> None:
    account, other = trader.desk.accounts
    wish(trader, account, {str(trader.desk.deployment_id): "0.5"})
    run_id = ask_by_hand(trader)
    context, all_shards = trader.context, trader.desk.all_shards
    context.lease = HeldLeases([1], settings=context.settings, clock=context.clock)
    await rebalance.run(context)
    assert share_of(trader, account) == Decimal(1)
    context.lease = HeldLeases(all_shards, settings=context.settings, clock=context.clock)
    for _ in range(2):
        await rebalance.run(context)
        assert share_of(trader, account) == Decimal("0.5")
        assert share_of(trader, other) == Decimal(1)
    assert trader.desk.execute(
        "SELECT r.state, c.state FROM rebalancings AS r, allocation_changes AS c"
        " WHERE r.id = %s AND c.account_id = %s",
        run_id,
        account,
    ) == [("done", "applied")]


async def test_an_account_that_cannot_be_settled_holds_up_no_other(trader: Trader) -> None:
    broken, account = sorted(trader.desk.accounts)
    for one in (broken, account):
        wish(trader, one, {str(trader.desk.deployment_id): "0.5"})
    trader.desk.execute(
        "UPDATE allocation_changes SET shares = %s WHERE account_id = %s",
        Jsonb({"no deployment": "0.5"}),
        broken,
    )
    run_id = ask_by_hand(trader)
    await rebalance.run(trader.context)
    assert (share_of(trader, broken), share_of(trader, account)) == (Decimal(1), Decimal("0.5"))
    run = "SELECT state FROM rebalancings WHERE id = %s"
    assert trader.desk.execute(run, run_id) == [("running",)]
    trader.desk.execute(
        "UPDATE allocation_changes SET shares = %s WHERE account_id = %s",
        Jsonb({str(trader.desk.deployment_id): "0.5"}),
        broken,
    )
    await rebalance.run(trader.context)
    assert share_of(trader, broken) == Decimal("0.5")
    assert trader.desk.execute(run, run_id) == [("done",)]
