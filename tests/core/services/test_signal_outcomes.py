"""Outcomes are kept once a signal is at rest, agree with the orders, and go when one of them moves."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.row_security import apply_actor
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries import signals
from patriot_app.core.services import signal_outcomes
from patriot_app.core.unit_of_work import UnitOfWork, begin
from tests.database import Server
from tests.factories.rows import OPERATOR, DaemonRows, make_account, make_client, make_deployment

NOW = datetime.now(UTC)
ENDED = NOW - timedelta(minutes=10)


@pytest.fixture
async def daemon(server: Server, database_name: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(
        server.url("patriot_daemon", database_name), process_name="tests-daemon", pool_size=2
    )
    yield engine
    await engine.dispose()


async def settle(daemon: AsyncEngine) -> int:
    async with AsyncSession(daemon) as session, session.begin():
        await apply_actor(session, SYSTEM)
        return await signal_outcomes.settle(UnitOfWork(session, SYSTEM, now=NOW))


async def make_signal(
    rows: DaemonRows, *, ended: datetime = ENDED, state: str = "filled", cancel_cause: str = ""
) -> UUID:
    """Return a finished signal to three accounts: filled, one in `state`, skipped."""
    rows.instrument()
    client_id = await make_client()
    accounts = [await make_account(client_id) for _ in range(3)]
    deployment_id = await make_deployment(accounts)
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text("SELECT version_id FROM deployments WHERE id = :id"), {"id": deployment_id}
        )
        version_id = found.scalar_one()
    signal_id = rows.signal(deployment_id, version_id, created_at=ended - timedelta(seconds=2))
    rows.insert(
        "fan_outs",
        {
            "signal_id": signal_id,
            "shard": 1,
            "state": "finished",
            "accounts": 4,
            "finished_at": ended,
        },
    )
    for place, (account_id, decision) in enumerate(
        zip(accounts, ("planned", "planned", "skipped"), strict=True)
    ):
        rows.fan_out_account(signal_id, account_id, place=place, decision=decision)
    for number, (account_id, now_in) in enumerate(zip(accounts, ("filled", state), strict=False)):
        rows.attempt(
            rows.intent(account_id, signal_id=signal_id),
            account_id,
            state=now_in,
            cancel_cause=cancel_cause if now_in == "canceled" else "",
            filled_quantity=Decimal("0.5") if now_in == "filled" else Decimal(0),
            average_price=Decimal(50_005 + number) if now_in == "filled" else None,
            sending_at=ended,
            acknowledged_at=ended + timedelta(milliseconds=100 * number),
            resolved_at=ended if now_in in {"filled", "canceled"} else None,
        )
    return signal_id


async def known(signal_id: UUID) -> int:
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text("SELECT count(*) FROM signal_outcomes WHERE signal_id = :id"), {"id": signal_id}
        )
        return int(found.scalar_one())


async def test_what_is_kept_is_what_the_orders_tell(
    as_web: str, rows: DaemonRows, daemon: AsyncEngine
) -> None:
    signal_id = await make_signal(rows)
    derived = await signals.get(OPERATOR, signal_id)
    assert derived.counts.filled == 2
    assert await settle(daemon) == 1
    assert await known(signal_id) == 1
    assert await signals.get(OPERATOR, signal_id) == derived
    assert await settle(daemon) == 0


@pytest.mark.parametrize("state", ["open", "unknown", "sending"])
async def test_a_signal_with_an_order_on_its_way_is_not_kept(
    as_web: str, rows: DaemonRows, daemon: AsyncEngine, state: str
) -> None:
    signal_id = await make_signal(rows, state=state)
    await settle(daemon)
    assert await known(signal_id) == 0


async def test_a_signal_that_has_just_ended_is_not_kept(
    as_web: str, rows: DaemonRows, daemon: AsyncEngine
) -> None:
    signal_id = await make_signal(rows, ended=NOW - timedelta(seconds=30))
    await settle(daemon)
    assert await known(signal_id) == 0


async def test_a_late_fill_takes_away_what_was_kept(
    as_web: str, rows: DaemonRows, daemon: AsyncEngine
) -> None:
    signal_id = await make_signal(rows, state="canceled", cancel_cause="superseded")
    assert await settle(daemon) == 1
    assert (await signals.get(OPERATOR, signal_id)).counts.superseded == 1
    async with daemon.begin() as connection:
        await connection.execute(
            text(
                "UPDATE attempts SET state = 'late_filled', filled_quantity = 0.5,"
                " average_price = 50010 WHERE state = 'canceled' AND intent_id IN"
                " (SELECT id FROM intents WHERE signal_id = :id)"
            ),
            {"id": signal_id},
        )
    assert await known(signal_id) == 0
    found = await signals.get(OPERATOR, signal_id)
    assert (found.counts.filled, found.counts.superseded) == (2, 0)
    assert await settle(daemon) == 1
    assert await signals.get(OPERATOR, signal_id) == found
