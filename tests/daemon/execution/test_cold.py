"""A database that was set back is not believed: what it holds for unsent is looked up first."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from daemon.exchanges.throttle import Lane
from daemon.execution import cold, fan_out, reading, submitter
from daemon.jobs import watch_database
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import attempts, cold_modes
from patriot_app.core.unit_of_work import begin
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server


@pytest.fixture(params=list(Exchange))
async def trader(
    server: Server,
    as_daemon: str,
    database_name: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> AsyncIterator[Trader]:
    async with running_trader(
        server,
        database_name,
        accounts=2,
        exchanges=(request.param,),
        database_mark_file=tmp_path / "database.json",
    ) as trader:
        yield trader
        trader.desk.execute("UPDATE cold_modes SET left_at = now() WHERE left_at IS NULL")
        trader.desk.execute("UPDATE accounts SET status = 'disabled'")


def mark(trader: Trader) -> Path:
    path = trader.context.settings.database_mark_file
    assert path is not None
    return path


def reasons(trader: Trader) -> list[object]:
    rows = trader.desk.execute("SELECT reason FROM cold_modes WHERE left_at IS NULL")
    return [row[0] for row in rows]


def alter_mark(trader: Trader, **changes: object) -> None:
    path = mark(trader)
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


async def forget_sending(trader: Trader) -> list[UUID]:
    """Lose the commits in which orders became SENDING, as a failover may."""
    rows = trader.desk.execute(
        "UPDATE attempts SET state = 'created', timestamp_ms = NULL, epoch = NULL,"
        " sending_at = NULL, acknowledged_at = NULL, exchange_order_id = NULL, resolved_at = NULL,"
        " filled_quantity = 0, created_at = now()"
        " WHERE account_id = ANY(%s) RETURNING id",
        list(trader.desk.accounts),
    )
    trader.desk.execute(
        "UPDATE intents SET state = 'planned' WHERE account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    found = [row[0] for row in rows]
    assert all(isinstance(one, UUID) for one in found)
    return found  # type: ignore[return-value]


async def send_again(trader: Trader, attempt_ids: list[UUID]) -> submitter.Sent:
    async with begin(SYSTEM) as uow:
        live = await attempts.by_ids(uow, attempt_ids)
    return await submitter.send(trader.context, [each.ready for each in live], lane=Lane.ENTRY)


async def test_the_same_database_as_before_is_believed(trader: Trader) -> None:
    for _ in range(2):
        await cold.watch(trader.context)
    assert reasons(trader) == []
    assert not trader.context.is_cold


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"system_identifier": "1"}, "This is another database than before"),
        ({"timeline": 7}, "The database is on timeline 1, it was on 7"),
        ({"written": 2**60}, "The database was set back: it has written less than it had"),
    ],
)
async def test_another_or_an_older_database_is_noticed(
    trader: Trader, changes: dict[str, object], reason: str
) -> None:
    await cold.watch(trader.context)
    alter_mark(trader, **changes)
    await cold.watch(trader.context)
    assert reasons(trader) == [reason]
    assert trader.context.is_cold
    # The mark is of now again: it is entered once.
    trader.desk.execute("UPDATE cold_modes SET left_at = now()")
    await cold.watch(trader.context)
    assert reasons(trader) == []


async def test_the_marker_of_a_restore_is_obeyed_once(trader: Trader) -> None:
    marker = mark(trader).with_name("RESTORED")
    marker.touch()
    await cold.watch(trader.context)
    assert reasons(trader) == ["A backup was restored: its marker was found"]
    assert not marker.exists()


async def test_what_was_sent_before_the_restore_is_adopted_and_not_sent_again(
    trader: Trader,
) -> None:
    signal_id = await trader.signal()
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    held = [await trader.held(account) for account in trader.desk.accounts]
    forgotten = await forget_sending(trader)
    await cold.enter(trader.context, reason="Tests")
    sent = await send_again(trader, forgotten)
    assert not sent.results
    assert [await trader.held(account) for account in trader.desk.accounts] == held
    assert trader.desk.states() == {"filled": 2}


async def test_what_the_exchange_does_not_know_is_sent_after_the_look(trader: Trader) -> None:
    await cold.enter(trader.context, reason="Tests")
    signal_id = await trader.signal()
    report = await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    assert (report.attempts, report.unsent) == (2, 0)
    looked_up = trader.desk.execute(
        "SELECT count(*) FROM attempts WHERE looked_up_at < sending_at AND account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    assert looked_up == [(2,)]


async def test_a_trader_that_has_not_heard_of_it_is_stopped_by_the_fence(trader: Trader) -> None:
    async with begin(SYSTEM) as uow:
        await cold_modes.enter(uow, reason="Tests")
    assert not trader.context.is_cold
    signal_id = await trader.signal()
    report = await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    assert (report.attempts, report.unsent) == (2, 2)
    evidence = trader.desk.execute(
        "SELECT DISTINCT state, evidence FROM attempts WHERE account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    assert evidence == [("void", "Cold mode: it was not looked up yet")]


async def test_it_ends_by_itself_when_every_account_is_proved(trader: Trader) -> None:
    trader.desk.execute(
        "UPDATE accounts SET status = 'disabled' WHERE NOT (id = ANY(%s))",
        list(trader.desk.accounts),
    )
    await cold.enter(trader.context, reason="Tests")
    lost = trader.desk.accounts[0]
    session = trader.context.sessions.pop(lost)
    await watch_database.run(trader.context)
    assert reasons(trader) == ["Tests"]
    trader.context.sessions[lost] = session
    await watch_database.run(trader.context)
    assert reasons(trader) == []
    assert not trader.context.is_cold
    told = trader.desk.execute(
        "SELECT type FROM events WHERE type LIKE 'ColdMode%%' ORDER BY recorded_at DESC LIMIT 2"
    )
    assert told == [("ColdModeLeft",), ("ColdModeEntered",)]


async def test_an_open_orphan_keeps_it_cold(trader: Trader) -> None:
    trader.desk.execute(
        "UPDATE accounts SET status = 'disabled' WHERE NOT (id = ANY(%s))",
        list(trader.desk.accounts),
    )
    signal_id = await trader.signal()
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    account = trader.desk.accounts[0]
    await cold.enter(trader.context, reason="Tests")
    trader.desk.execute(
        "INSERT INTO discrepancies (id, account_id, shard, kind, subject, symbol, local,"
        " reported, status, parks) VALUES (gen_random_uuid(), %s, 0, 'orphan_order', 'x', %s,"
        " 'unknown', 'open', 'open', true)",
        account,
        SYMBOL,
    )
    for session in trader.sessions:
        await reading.read_orders(trader.context, session)
    await watch_database.run(trader.context)
    assert reasons(trader) == ["Tests"]
    trader.desk.execute(
        "UPDATE discrepancies SET status = 'ignored' WHERE account_id = %s", account
    )
    await watch_database.run(trader.context)
    assert reasons(trader) == []
