"""Clients come in pending, are approved by somebody, and can be shut out."""

import pytest
from sqlalchemy import text

from patriot_app.core.domain.permissions import VISITOR, Actor, Role
from patriot_app.core.domain.users import UserStatus
from patriot_app.core.errors import IllegalTransition, Invalid, Refused
from patriot_app.core.queries import sessions as session_queries
from patriot_app.core.services import sessions, users
from patriot_app.core.unit_of_work import begin
from tests.factories.keys import Keys
from tests.factories.rows import OPERATOR, make_client

PASSWORD = "correct horse battery"


async def status_of(client_id: object) -> str:
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text("SELECT status FROM users WHERE id = :id"), {"id": client_id}
        )
        return str(found.scalar_one())


async def test_a_client_waits_until_somebody_approves_him(as_web: str) -> None:
    client_id = await make_client(approved=False)
    assert await status_of(client_id) == "pending_verification"
    async with begin(OPERATOR) as uow:
        with pytest.raises(Refused, match="never approved"):
            await users.reactivate(uow, client_id, reason="Back")
    async with begin(OPERATOR) as uow:
        await users.approve(uow, client_id, reason="Papers are complete")
    assert await status_of(client_id) == "active"


async def test_two_people_cannot_have_one_address(as_web: str) -> None:
    async with begin(OPERATOR) as uow:
        await users.create_client(uow, email="Twin@mail.example", name="Twin")
    async with begin(OPERATOR) as uow:
        with pytest.raises(Invalid) as caught:
            await users.create_client(uow, email="twin@MAIL.example", name="Twin")
    assert set(caught.value.fields) == {"email"}


async def test_a_suspended_client_signs_in_anew_and_only_looks(as_web: str, keys: Keys) -> None:
    async with begin(OPERATOR) as uow:
        client_id = await users.create_client(
            uow, email="bob@mail.example", name="Bob", password=PASSWORD
        )
        await users.approve(uow, client_id)
    signed_in = await sessions.sign_in("bob@mail.example", PASSWORD, ip="::1", user_agent="t")
    assert not signed_in.is_staff
    async with begin(OPERATOR) as uow:
        await users.suspend(uow, client_id, reason="Asked for a break")
    assert await session_queries.actor_for_token(signed_in.token) is None
    again = await sessions.sign_in("bob@mail.example", PASSWORD, ip="::2", user_agent="t")
    found = await session_queries.actor_for_token(again.token)
    assert found is not None
    assert found.status is UserStatus.SUSPENDED
    async with begin(OPERATOR) as uow:
        await users.close(uow, client_id, reason="He left")
    assert await session_queries.actor_for_token(again.token) is None
    with pytest.raises(Refused):
        await sessions.sign_in("bob@mail.example", PASSWORD, ip="::3", user_agent="t")


async def test_only_who_still_waits_is_refused(as_web: str) -> None:
    waiting, approved = await make_client(approved=False), await make_client()
    async with begin(OPERATOR) as uow:
        await users.refuse(uow, waiting, reason="Papers are missing")
        with pytest.raises(Refused, match="approved already"):
            await users.refuse(uow, approved, reason="Papers are missing")
    assert await status_of(waiting) == "closed"


async def test_a_closed_client_stays_closed(as_web: str) -> None:
    client_id = await make_client()
    async with begin(OPERATOR) as uow:
        await users.close(uow, client_id, reason="Moved on")
    async with begin(OPERATOR) as uow:
        with pytest.raises(IllegalTransition):
            await users.approve(uow, client_id)


async def test_nobody_gives_a_role_that_he_does_not_hold(as_web: str, keys: Keys) -> None:
    support = Actor(None, "Sue", frozenset({Role.SUPPORT}), "console")
    async with begin(support) as uow:
        with pytest.raises(Refused, match="do not hold"):
            await users.create_staff(
                uow,
                email="new@desk.example",
                name="New",
                password="a long enough password",
                roles={Role.ADMIN},
            )


async def test_staff_need_a_longer_password_and_may_enter_at_once(as_web: str, keys: Keys) -> None:
    async with begin(OPERATOR) as uow:
        with pytest.raises(Invalid):
            await users.create_staff(
                uow, email="s@desk.example", name="S", password="12characters", roles={Role.SUPPORT}
            )
    async with begin(OPERATOR) as uow:
        await users.create_staff(
            uow,
            email="support@desk.example",
            name="Support",
            password="a long enough password",
            roles={Role.SUPPORT},
        )
    signed_in = await sessions.sign_in(
        "support@desk.example", "a long enough password", ip="::4", user_agent="t"
    )
    assert signed_in.is_staff


async def test_a_visitor_sees_people_and_no_accounts(as_web: str) -> None:
    await make_client()
    async with begin(VISITOR) as uow:
        people = (await uow.session.execute(text("SELECT count(*) FROM users"))).scalar_one()
        accounts = (await uow.session.execute(text("SELECT count(*) FROM accounts"))).scalar_one()
    assert people > 0
    assert accounts == 0
