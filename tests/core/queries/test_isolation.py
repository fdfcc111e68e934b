"""A client sees his own rows in every query, and each role writes only what is its own."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import (
    accounts,
    billing,
    exceptions,
    fan_outs,
    live,
    mandates,
    orders,
    overview,
    portfolio,
    positions,
    risk,
    signals,
    staff,
    strategies,
    system,
    users,
)
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.queries.reader import reading
from patriot_app.core.services import accounts as account_services
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.rows import (
    NOON,
    OPERATOR,
    DaemonRows,
    customer,
    make_account,
    make_client,
    make_mandate,
)

EVERYTHING = PageRequest(size=200)


async def furnish(rows: DaemonRows, name: str) -> tuple[UUID, UUID, UUID]:
    """Give a client one of everything; return client, account and order."""
    client_id = await make_client(name=name)
    account_id = await make_account(client_id)
    await make_mandate(client_id, [account_id])
    rows.state(account_id)
    rows.position(account_id)
    attempt_id = rows.attempt(rows.intent(account_id), account_id)
    rows.fill(account_id, attempt_id)
    rows.ledger_row(account_id, "REALIZED_PNL", "10")
    rows.snapshot(account_id, NOON, "10000")
    return client_id, account_id, attempt_id


async def test_a_client_sees_his_own_rows_and_no_others(as_web: str, rows: DaemonRows) -> None:
    ada, ada_account, ada_order = await furnish(rows, "Ada")
    bob, bob_account, bob_order = await furnish(rows, "Bob")
    me = customer(ada)
    seen_accounts = await accounts.page(me, EVERYTHING)
    assert [one.id for one in seen_accounts.items] == [ada_account]
    assert [one.id for one in (await orders.page(me, EVERYTHING)).items] == [ada_order]
    held = await positions.page(me, EVERYTHING)
    assert [one.account_id for one in held.items] == [ada_account]
    fees = await billing.accruals(me, EVERYTHING)
    assert [one.client_id for one in fees.items] == [ada]
    assert {one.account_id for one in (await portfolio.trades(me, EVERYTHING)).items} == {
        ada_account
    }
    of_bob = PageRequest(filters={"client_id": str(bob)})
    assert {one.id for one in (await orders.page(me, of_bob)).items} <= {ada_order}
    for ask in (
        lambda: accounts.detail(me, bob_account),
        lambda: orders.detail(me, bob_order),
    ):
        with pytest.raises(NotFound):
            await ask()
    assert (await accounts.ledger_page(me, bob_account, EVERYTHING)).items == ()
    assert await mandates.of_client(me, bob) == ()
    assert await portfolio.equity_curve(me, span=portfolio.Span.ALL, client_id=bob) == ()
    assert (await portfolio.portfolio(me, bob)).accounts == 0
    assert (await portfolio.portfolio(me, ada)).accounts == 1


DESK: dict[str, Callable[[Actor], Awaitable[Any]]] = {
    "overview": overview.get,
    "live": live.figures,
    "system": system.get,
    "exceptions": exceptions.count,
    "clients": lambda actor: users.page(actor, EVERYTHING),
    "staff": lambda actor: staff.page(actor, EVERYTHING),
    "strategies": lambda actor: strategies.page(actor, EVERYTHING),
    "signals": lambda actor: signals.page(actor, EVERYTHING),
    "fan-outs": lambda actor: fan_outs.grid(actor, uuid4(), EVERYTHING),
    "limits": risk.limits,
    "halts": risk.active_halts,
}


@pytest.mark.parametrize("name", DESK)
async def test_what_is_the_desks_alone_does_not_exist_for_a_client(as_web: str, name: str) -> None:
    with pytest.raises(NotFound):
        await DESK[name](customer(uuid4()))


SHARED = (
    *("events", "commands", "signals", "signal_outcomes", "fan_outs", "risk_limits", "halts"),
    *("sessions", "users", "recovery_codes", "invitations", "registration_codes"),
    "served_requests",
)


@pytest.mark.parametrize("table", SHARED)
async def test_a_query_that_forgot_to_ask_still_shows_a_client_nothing(
    as_web: str, table: str
) -> None:
    await make_client()
    async with reading(customer(uuid4())) as session:
        count = await session.execute(text(f"SELECT count(*) FROM {table}"))
        assert count.scalar_one() == 0


async def test_a_client_pauses_his_own_account_and_cannot_touch_anothers(as_web: str) -> None:
    ada, bob = await make_client(), await make_client(name="Bob")
    own, other = await make_account(ada), await make_account(bob)
    async with begin(customer(ada)) as uow:
        await account_services.suspend(uow, own, reason="Holiday")
    async with begin(customer(ada)) as uow:
        with pytest.raises(NotFound):
            await account_services.suspend(uow, other, reason="Spite")


async def test_totals_reach_over_all_clients_for_the_desk(as_web: str) -> None:
    await make_account()
    await make_account()
    assert (await accounts.page(OPERATOR, EVERYTHING)).total >= 2


DENIED = {
    "patriot_web": (
        "SELECT api_key_ciphertext FROM credentials",
        "SELECT * FROM credentials",
        "INSERT INTO fills DEFAULT VALUES",
        "UPDATE positions SET quantity = 0",
        "UPDATE attempts SET state = 'filled'",
        "INSERT INTO signals DEFAULT VALUES",
        "INSERT INTO signal_outcomes DEFAULT VALUES",
        "UPDATE recovery_codes SET code_hash = ''",
        "UPDATE commands SET status = 'succeeded'",
        "UPDATE equity_snapshots SET equity = 0",
        "INSERT INTO ledger_rows DEFAULT VALUES",
        "UPDATE account_states SET is_ready = true",
        "DELETE FROM accounts",
        "INSERT INTO events DEFAULT VALUES",
        "UPDATE credentials SET permissions = NULL",
        "SELECT rewrap_credential(NULL, '', '', '')",
    ),
    "patriot_daemon": (
        "SELECT password_hash FROM users",
        "SELECT totp_box FROM users",
        "SELECT * FROM recovery_codes",
        "SELECT token_hash FROM invitations",
        "SELECT * FROM registration_codes",
        "SELECT token_hash FROM sessions",
        "SELECT * FROM sign_in_attempts",
        "UPDATE users SET status = 'active'",
        "UPDATE accounts SET mode = 'live'",
        "INSERT INTO deployments DEFAULT VALUES",
        "UPDATE risk_limits SET value = 1",
        "UPDATE mandate_terms SET rate = 0",
        "INSERT INTO credentials DEFAULT VALUES",
        "INSERT INTO events DEFAULT VALUES",
        "DELETE FROM ledger_rows",
        "DELETE FROM signal_outcomes",
    ),
    "patriot_auditor": (
        "SELECT password_hash FROM users",
        "SELECT api_key_ciphertext FROM credentials",
        "UPDATE accounts SET label = ''",
    ),
}


@pytest.mark.parametrize(
    ("role", "statement"), [(role, one) for role, all_ in DENIED.items() for one in all_]
)
async def test_a_role_cannot_do_what_is_not_its_own(
    server: Server, database_name: str, role: str, statement: str
) -> None:
    url = server.url(role, database_name).replace("+psycopg", "")
    with (
        psycopg.connect(url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)  # type: ignore[call-overload]
