"""A customer's code stays his, and who came through whom is kept once and for ever."""

from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import psycopg
import pytest

from patriot_app.core.domain.permissions import VISITOR
from patriot_app.core.errors import Invalid, NotFound
from patriot_app.core.ids import new_id
from patriot_app.core.queries import referrals as queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import invitations, referrals, registration
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.rows import OPERATOR, customer, make_client


async def code_of(client_id: UUID) -> str:
    async with begin(customer(client_id)) as uow:
        return await referrals.issue(uow)


async def registered(code: str) -> UUID:
    async with begin(OPERATOR) as uow:
        made = await invitations.invite(uow, email=f"{new_id()}@mail.example", name="Ivy")
    async with begin(VISITOR) as uow:
        done = await registration.register(
            uow,
            token=parse_qs(urlsplit(made.link).query)["token"][0],
            name="Ivy",
            password_hash="hash",
            terms_version="1",
            request_id=str(new_id()),
            referral_code=code,
        )
    return done.user_id


async def test_a_customer_keeps_his_code(as_web: str) -> None:
    ada, bea = await make_client(), await make_client()
    code = await code_of(ada)
    assert await code_of(ada) == code
    assert await code_of(bea) != code
    assert (await queries.own(customer(ada))).code == code
    assert (await queries.own(customer(await make_client()))).code == ""


async def test_who_registers_with_a_code_is_known_to_have_come_through_its_owner(
    as_web: str,
) -> None:
    ada = await make_client()
    code = await code_of(ada)
    came = await registered(f" {code.lower()} ")
    found = await queries.page(OPERATOR, PageRequest(filters={"referrer_id": str(ada)}))
    assert [(one.id, one.code, one.has_traded) for one in found.items] == [(came, code, False)]
    own = await queries.own(customer(ada))
    assert own.registered == 1
    with pytest.raises(NotFound):
        await queries.page(customer(ada), PageRequest())


async def test_nobody_need_come_through_anybody(as_web: str) -> None:
    came = await registered("  ")
    found = await queries.page(OPERATOR, PageRequest(size=100))
    assert came not in {one.id for one in found.items}


@pytest.mark.parametrize("code", ["ABCD2345", "what?", "' OR 1=1 --"])
async def test_the_code_of_nobody_is_refused_at_its_field(as_web: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        await registered(code)
    assert set(refused.value.fields) == {"code"}


async def test_a_closed_client_brings_nobody_any_more(
    as_web: str, server: Server, database_name: str
) -> None:
    ada = await make_client()
    code = await code_of(ada)
    server.execute(f"UPDATE users SET status = 'closed' WHERE id = '{ada}'", database=database_name)
    with pytest.raises(Invalid):
        await registered(code)


async def test_what_is_kept_is_never_changed(
    as_web: str, server: Server, database_name: str
) -> None:
    code = await code_of(await make_client())
    await registered(code)
    for statement in ("UPDATE referrals SET code = 'X'", "DELETE FROM referral_codes"):
        with pytest.raises(psycopg.Error):
            server.execute(statement, database=database_name)
