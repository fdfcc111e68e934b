"""All keys at a glance: troubled first, counted, filtered; for the desk alone."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from patriot_app.core.domain.lockdowns import LockdownRule
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import key_health
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import credentials
from patriot_app.core.unit_of_work import begin
from tests.database import Server, database
from tests.factories.keys import Keys
from tests.factories.rows import OPERATOR, DaemonRows, customer, make_account, make_client


@pytest.fixture
def database_name(server: Server) -> Iterator[str]:
    """It counts everything, so it begins with nothing."""
    with database(server) as name:
        yield name


async def account_with_key(rows: DaemonRows, number: int, status: str, findings: str) -> UUID:
    account_id = await make_account()
    async with begin(OPERATOR) as uow:
        submitted = await credentials.submit(
            uow,
            account_id,
            api_key=f"patriotTESTkey{number:06}",
            api_secret=f"patriotTESTsecret{number:06}",
        )
    rows.execute(
        "UPDATE credentials SET status = %s, findings = CAST(%s AS jsonb), checked_at = now(),"
        " permissions = CAST(%s AS jsonb) WHERE id = %s",
        status,
        findings,
        '{"is_ip_bound": true}',
        submitted.credential_id,
    )
    return account_id


async def test_the_troubled_come_first_and_everything_is_counted(
    as_web: str, rows: DaemonRows, keys: Keys, server: Server, database_name: str
) -> None:
    good = await account_with_key(rows, 1, "verified", "[]")
    soon = '[{"issue": "expires_soon", "says": "", "do_next": "", "effect": "warn"}]'
    ending = await account_with_key(rows, 2, "verified", soon)
    lost = await account_with_key(rows, 3, "quarantined", "[]")
    bare = await make_account()
    locked = await account_with_key(rows, 4, "verified", "[]")
    rows.execute(
        "INSERT INTO lockdowns (id, account_id, rule, facts, state, opened_at)"
        " VALUES (gen_random_uuid(), %s, 'money_left', '900 left', 'open', now())",
        locked,
    )
    page = await key_health.page(OPERATOR, PageRequest())
    assert [one.id for one in page.items[:2]] == [locked, lost]
    assert {one.id for one in page.items} == {good, ending, lost, bare, locked}
    counts = await key_health.counts(OPERATOR)
    assert (counts.accounts, counts.verified, counts.quarantined) == (5, 3, 1)
    assert (counts.locked_down, counts.without, counts.unbound) == (1, 1, 0)

    async def found(**filters: str) -> set[UUID]:
        page = await key_health.page(OPERATOR, PageRequest(filters=filters))
        return {one.id for one in page.items}

    assert await found(issue="expires_soon") == {ending}
    assert await found(state="quarantined") == {lost}
    assert await found(state="none") == {bare}
    assert await found(locked="yes") == {locked}
    assert await found(bound="no") == {bare}
    server.execute(
        f"UPDATE credentials SET created_at = now() - interval '91 days' WHERE account_id = '{good}'",
        database=database_name,
    )
    assert await found(age_over="90") == {good}
    assert await found(age_over="180") == set()
    history = await key_health.history(OPERATOR, locked)
    assert [one.rule for one in history.lockdowns] == ["money_left"]


async def test_several_keys_are_checked_at_once_and_each_has_its_command(
    as_web: str, rows: DaemonRows, keys: Keys
) -> None:
    first = await account_with_key(rows, 5, "verified", "[]")
    bare = await make_account()
    async with begin(OPERATOR) as uow:
        asked = await credentials.verify_many(uow, [first, bare], idempotency_key="tests")
    assert asked[bare] is None
    command = asked[first]
    assert command is not None
    found = await key_health.asked(OPERATOR, [command])
    assert found[command].status == "pending"
    async with begin(OPERATOR) as uow:
        again = await credentials.verify_many(uow, [first], idempotency_key="tests")
    assert again[first] == command


async def test_a_client_learns_which_of_his_accounts_are_locked_down_and_why(
    as_web: str, rows: DaemonRows, server: Server, database_name: str
) -> None:
    client = await make_client()
    own, other = await make_account(client), await make_account()
    for account_id, rule in ((own, "foreign_trading"), (other, "money_left")):
        rows.execute(
            "INSERT INTO lockdowns (id, account_id, rule, facts, state, opened_at)"
            " VALUES (gen_random_uuid(), %s, %s, '', 'open', now())",
            account_id,
            rule,
        )
    found = await key_health.locked_down(customer(client))
    assert found == {own: LockdownRule.FOREIGN_TRADING}
    server.execute("UPDATE lockdowns SET state = 'restored'", database=database_name)
    assert await key_health.locked_down(customer(client)) == {}


async def test_it_is_the_desks_alone(as_web: str) -> None:
    ada = await make_client()
    with pytest.raises(NotFound):
        await key_health.page(customer(ada), PageRequest())
    with pytest.raises(NotFound):
        await key_health.counts(customer(ada))
