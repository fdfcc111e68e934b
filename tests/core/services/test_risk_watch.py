from decimal import Decimal
from uuid import UUID

import pytest

from patriot_app.core.domain.breaches import judge
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.risk_limits import LimitSubject, effective_all
from patriot_app.core.domain.risk_measurements import measure_account
from patriot_app.core.errors import Refused
from patriot_app.core.queries import risk_watch as watch_queries
from patriot_app.core.services import risk_watch
from patriot_app.core.unit_of_work import begin
from tests.core.domain.test_breaches import make_facts
from tests.database import Server
from tests.factories.desk import Desk, make_desk
from tests.factories.rows import OPERATOR

LIMITS = {one.name: one for one in effective_all([], LimitSubject())}


@pytest.fixture
def desk(server: Server, database_name: str) -> Desk:
    return make_desk(server, database_name, accounts=1, shards=1)


async def look(desk: Desk, **facts: object) -> None:
    """Measure the desk's account as the job does."""
    account = desk.accounts[0]
    one = measure_account(make_facts(account_id=account, **facts), None, LIMITS)
    async with begin(SYSTEM) as uow:
        await risk_watch.record(uow, [one], {account: judge(one.values, LIMITS)})


def breaches(desk: Desk) -> list[tuple[object, ...]]:
    return desk.execute(
        "SELECT name, state, severity, response FROM risk_breaches WHERE account_id = %s"
        " ORDER BY opened_at, name",
        desk.accounts[0],
    )


def the_one(desk: Desk) -> UUID:
    ((found,),) = desk.execute(
        "SELECT id FROM risk_breaches WHERE account_id = %s AND severity = 'high'",
        desk.accounts[0],
    )
    assert isinstance(found, UUID)
    return found


async def test_figures_are_written_over_within_a_quarter_of_an_hour(
    as_daemon: str, desk: Desk
) -> None:
    for equity in ("10000", "9900"):
        await look(desk, equity=Decimal(equity))
    rows = desk.execute(
        "SELECT DISTINCT ON (account_id) equity, figures ->> 'leverage' IS NOT NULL"
        " FROM risk_measurements WHERE account_id = %s ORDER BY account_id, quarter DESC",
        desk.accounts[0],
    )
    assert rows == [(Decimal(9_900), True)]


async def test_a_mild_breach_ends_by_itself_and_is_one_row(as_daemon: str, desk: Desk) -> None:
    for _ in range(2):
        await look(desk, maintenance_margin=Decimal(5_500))
    assert breaches(desk) == [("margin_ratio", "open", "medium", "notify")]
    await look(desk)
    assert breaches(desk) == [("margin_ratio", "resolved", "medium", "notify")]
    await look(desk, maintenance_margin=Decimal(5_500))
    assert len(breaches(desk)) == 2


async def test_breaches_are_narrowed_to_a_severity_and_a_state(as_daemon: str, desk: Desk) -> None:
    await look(desk, equity=Decimal(9_400), maintenance_margin=Decimal(5_500))
    for severity, state, expected in (
        ("", "", {"margin_ratio", "daily_loss_fraction"}),
        ("high", "", {"daily_loss_fraction"}),
        ("medium", "open", {"margin_ratio"}),
        ("medium", "resolved", set()),
    ):
        found = await watch_queries.breaches(OPERATOR, severity=severity, state=state, limit=500)
        mine = {one.name for one in found if one.account_id == desk.accounts[0]}
        assert mine == expected, (severity, state)


async def test_a_grave_breach_stands_until_somebody_has_seen_it(as_daemon: str, desk: Desk) -> None:
    await look(desk, equity=Decimal(9_400))
    await look(desk)
    assert breaches(desk) == [("daily_loss_fraction", "open", "high", "pause")]
    async with begin(SYSTEM) as uow:
        await risk_watch.acknowledge(uow, the_one(desk), note="Seen by the desk")
    with pytest.raises(Refused):
        async with begin(SYSTEM) as uow:
            await risk_watch.acknowledge(uow, the_one(desk), note="Seen once more")
    await look(desk)
    assert breaches(desk) == [("daily_loss_fraction", "resolved", "high", "pause")]
    kinds = desk.execute(
        "SELECT type FROM events WHERE subject_id = %s ORDER BY sequence", the_one(desk)
    )
    assert [kind for (kind,) in kinds] == [
        "RiskBreachFound",
        "RiskBreachAcknowledged",
        "RiskBreachResolved",
    ]
