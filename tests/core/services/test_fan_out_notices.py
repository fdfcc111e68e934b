"""One message to staff for a fan-out, made from the record once it is over."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from patriot_app.core.domain.permissions import SYSTEM, Role
from patriot_app.core.services import fan_out_notices, users
from patriot_app.core.services.fan_out_notices import NEWS_FOR, summary_of
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.roles import acting_as
from tests.factories.rows import OPERATOR, DaemonRows, make_account, make_client, make_deployment

NOW = datetime.now(UTC)
SHORT, LIMIT, NOTHING = "INSUFFICIENT_MARGIN", "DRAWDOWN_LIMIT", "ALREADY_IN_POSITION"


def test_reasons_are_counted_and_the_commonest_comes_first() -> None:
    told = summary_of({LIMIT: 1, SHORT: 17})
    assert told == "17 accounts: insufficient margin; 1 account: drawdown limit"


async def at_rest(
    rows: DaemonRows, *reasons: str, settled_at: datetime = NOW
) -> tuple[UUID, list[UUID]]:
    """Return a signal that has come to rest, an account for each reason and one that traded."""
    rows.instrument()
    client_id = await make_client()
    accounts = [await make_account(client_id) for _ in (*reasons, "")]
    deployment_id = await make_deployment(accounts)
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text("SELECT version_id FROM deployments WHERE id = :id"), {"id": deployment_id}
        )
        version_id = found.scalar_one()
    signal_id = rows.signal(deployment_id, version_id, created_at=NOW)
    for place, (account_id, reason) in enumerate(zip(accounts, (*reasons, ""), strict=True)):
        decision = "denied" if reason == LIMIT else "skipped" if reason else "planned"
        rows.fan_out_account(
            signal_id, account_id, place=place, decision=decision, reason_code=reason
        )
    denied = reasons.count(LIMIT)
    rows.insert(
        "signal_outcomes",
        {
            "signal_id": signal_id,
            "accounts": len(accounts),
            "filled": 1,
            "partial": 0,
            "skipped": len(reasons) - denied,
            "denied": denied,
            "expired": 0,
            "superseded": 0,
            "cancelled": 0,
            "failed": 0,
            "settled_at": settled_at,
        },
    )
    return signal_id, accounts


async def told(signal_id: UUID) -> list[tuple[str, str]]:
    """Return title and body of what the fund manager was told of a signal in the web."""
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text(
                "SELECT n.title, n.body FROM notifications AS n"
                " JOIN events AS e ON e.id = n.event_id JOIN users AS u ON u.id = n.user_id"
                " WHERE e.subject_id = :id AND n.channel = 'console' AND 'fund_manager' = ANY(u.roles)"
            ),
            {"id": signal_id},
        )
        return [(row.title, row.body) for row in found]


async def look(server: Server, database: str) -> None:
    async with acting_as(server, database, "patriot_daemon"), begin(SYSTEM) as uow:
        await fan_out_notices.tell(uow)


@pytest.fixture
async def manager(as_web: str) -> None:
    """Somebody of the desk who trades."""
    async with begin(OPERATOR) as uow:
        await users.create_staff(
            uow,
            email=f"{uuid4()}@firm.example",
            name="Manager",
            password=None,
            roles={Role.FUND_MANAGER},
        )


async def test_staff_hears_once_of_a_fan_out_however_many_accounts(
    manager: None, rows: DaemonRows, server: Server, database_name: str
) -> None:
    signal_id, accounts = await at_rest(rows, SHORT, SHORT, LIMIT, NOTHING)
    for _ in range(2):
        await look(server, database_name)
    heard = set(await told(signal_id))
    assert heard == {
        (
            f"BTCUSDT: 3 of {len(accounts)} accounts took no part",
            "2 accounts: insufficient margin; 1 account: drawdown limit. Each of them, with what"
            " was checked, stands under Fan-outs.",
        )
    }
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text("SELECT count(*) FROM events WHERE type = 'FanOutFellShort' AND subject_id = :id"),
            {"id": signal_id},
        )
        assert found.scalar_one() == 1


async def test_nobody_is_told_of_what_is_as_it_should_be_or_long_past(
    manager: None, rows: DaemonRows, server: Server, database_name: str
) -> None:
    quiet, _ = await at_rest(rows, NOTHING)
    old, _ = await at_rest(rows, SHORT, settled_at=NOW - NEWS_FOR - timedelta(minutes=5))
    await look(server, database_name)
    assert await told(quiet) == await told(old) == []
