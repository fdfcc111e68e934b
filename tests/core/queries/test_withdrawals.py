"""How far taking entries back has come, read from PostgreSQL."""

from uuid import UUID, uuid4

import pytest

from patriot_app.core.domain.entries import EntryScope
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import withdrawals
from patriot_app.core.services import desk_entries
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.desk import Desk, make_desk
from tests.factories.rows import OPERATOR, customer, make_client

pytestmark = pytest.mark.usefixtures("as_web")


def rest(desk: Desk, account: UUID) -> UUID:
    """Write an entry that rests."""
    intent, attempt = uuid4(), uuid4()
    desk.execute(
        "INSERT INTO intents (id, account_id, shard, exchange, symbol, leg, side, order_type,"
        " quantity, reduce_only, close_position, reserved_notional, state, attempt_count)"
        " VALUES (%s, %s, %s, 'binance', 'BTCUSDT', 'entry', 'BUY', 'LIMIT', 1, false,"
        " false, 0, 'executing', 1)",
        intent,
        account,
        desk.shards[account],
    )
    desk.execute(
        "INSERT INTO attempts (id, intent_id, number, client_order_id, account_id, shard, state)"
        " VALUES (%s, %s, 1, %s, %s, %s, 'open')",
        attempt,
        intent,
        attempt.hex,
        account,
        desk.shards[account],
    )
    return attempt


async def test_a_wish_is_followed_until_its_last_order_has_ended(
    server: Server, database_name: str
) -> None:
    desk = make_desk(server, database_name, accounts=3, shards=2)
    assert await withdrawals.latest(OPERATOR) is None
    first, second, third = (rest(desk, account) for account in desk.accounts)
    async with begin(OPERATOR) as uow:
        await desk_entries.cancel_entries(
            uow, EntryScope.DESK, reason="Drill", idempotency_key=str(uuid4())
        )
    wish = await withdrawals.latest(OPERATOR)
    assert wish is not None
    assert (wish.parts, wish.waiting, wish.marked, wish.is_over) == (2, 2, 0, False)

    mark = "UPDATE attempts SET cancel_requested_at = clock_timestamp(), cancel_cause = 'operator'"
    desk.execute(f"{mark} WHERE id = ANY(%s)", [first, second, third])
    desk.execute("UPDATE attempts SET state = 'canceled' WHERE id = %s", first)
    desk.execute("UPDATE attempts SET state = 'filled' WHERE id = %s", second)
    done = "UPDATE commands SET status = 'succeeded', completed_at = now() WHERE shard = %s"
    desk.execute(done, 0)
    wish = await withdrawals.latest(OPERATOR)
    assert wish is not None
    assert (wish.waiting, wish.marked, wish.ended, wish.filled) == (1, 3, 2, 1)

    desk.execute("UPDATE attempts SET state = 'canceled' WHERE id = %s", third)
    desk.execute(
        "UPDATE commands SET status = 'failed', error = 'No lease', completed_at = now()"
        " WHERE shard = 1"
    )
    wish = await withdrawals.latest(OPERATOR)
    assert wish is not None
    assert (wish.failed, wish.error, wish.ended, wish.is_over) == (1, "No lease", 3, True)


async def test_a_client_sees_no_wish_of_the_desk() -> None:
    with pytest.raises(NotFound):
        await withdrawals.latest(customer(await make_client()))
