"""New passwords: a link is good once, opens nothing by itself, and ends what the old one let in."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from patriot_app.core.clock import FrozenClock, SystemClock
from patriot_app.core.domain.one_time_codes import code_at, step_at
from patriot_app.core.domain.permissions import STAFF_ROLES, VISITOR, Actor, Role
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.queries import programs as program_queries
from patriot_app.core.queries import sessions as session_queries
from patriot_app.core.services import password_changes, programs, second_factors, sessions, users
from patriot_app.core.unit_of_work import begin
from tests.factories.keys import Keys

DESK = Actor(UUID(int=0), "Ada", STAFF_ROLES, "console")
OLD, NEW = "four words of hers own", "other words she made up"


@pytest.fixture
async def email(as_web: str, keys: Keys) -> str:
    """A customer who may sign in."""
    address = f"c-{uuid4()}@mail.example"
    desk = Actor(None, "Ada", STAFF_ROLES, "console")
    async with begin(desk) as uow:
        user_id = await users.create_client(uow, email=address, name="Cleo", password=OLD)
        await users.approve(uow, user_id)
    return address


async def enter(email: str, password: str, *, totp: str = "") -> sessions.SignedIn:
    return await sessions.sign_in(email, password, totp=totp, ip=str(uuid4()), user_agent="tests")


async def mailed_tokens(user_id: UUID) -> list[str]:
    """Return the tokens of the links that wait in the outbox, oldest first."""
    async with begin(DESK) as uow:
        found = await uow.session.execute(
            text(
                "SELECT body FROM notifications WHERE user_id = :id AND is_secret"
                " ORDER BY created_at, id"
            ),
            {"id": user_id},
        )
        bodies = list(found.scalars())
    return [re.findall(r"token=([A-Za-z0-9_-]+)", body)[0] for body in bodies]


async def test_a_link_sets_a_password_once_and_puts_everybody_out(email: str) -> None:
    before = await enter(email, OLD)
    async with begin(VISITOR) as uow:
        issued = await programs.begin_family(
            uow, before.user_id, scopes=["accounts:read"], ip="192.0.2.1"
        )
    await password_changes.ask_for_link(email.upper(), ip="192.0.2.1")
    [token] = await mailed_tokens(before.user_id)
    await password_changes.redeem_link(token, NEW)
    assert await session_queries.actor_for_token(before.token) is None
    assert await program_queries.by_access_token(issued.access_token, ip="192.0.2.1") is None
    with pytest.raises(Refused):
        await enter(email, OLD)
    assert (await enter(email, NEW)).token
    with pytest.raises(Refused, match="not good any more"):
        await password_changes.redeem_link(token, "a third phrase of hers")


async def test_a_link_does_not_spare_the_second_factor(email: str) -> None:
    signed_in = await enter(email, OLD)
    found = await session_queries.actor_for_token(signed_in.token)
    assert found is not None
    seed = second_factors.new_seed()
    async with begin(found.actor) as uow:
        codes = await second_factors.enrol(
            uow, found.user_id, seed=seed, code=code_at(seed, step_at(SystemClock().now()))
        )
    await password_changes.ask_for_link(email, ip="")
    [token] = await mailed_tokens(found.user_id)
    await password_changes.redeem_link(token, NEW)
    with pytest.raises(Refused):
        await enter(email, NEW)
    assert (await enter(email, NEW, totp=codes[0])).token


async def test_a_link_is_good_for_a_quarter_of_an_hour(email: str) -> None:
    person = await enter(email, OLD)
    await password_changes.ask_for_link(email, ip="")
    [token] = await mailed_tokens(person.user_id)
    late = FrozenClock(SystemClock().now() + timedelta(minutes=16))
    with pytest.raises(Refused):
        await password_changes.redeem_link(token, NEW, clock=late)


async def test_a_weak_password_leaves_the_link_good(email: str) -> None:
    person = await enter(email, OLD)
    await password_changes.ask_for_link(email, ip="")
    [token] = await mailed_tokens(person.user_id)
    with pytest.raises(Invalid):
        await password_changes.redeem_link(token, "password1234")
    await password_changes.redeem_link(token, NEW)
    assert (await enter(email, NEW)).token


async def test_a_mailbox_is_not_flooded_and_an_unknown_address_gets_nothing(email: str) -> None:
    person = await enter(email, OLD)
    for _ in range(5):
        await password_changes.ask_for_link(email, ip="")
    assert len(await mailed_tokens(person.user_id)) == password_changes.LINKS_PER_HOUR
    await password_changes.ask_for_link("nobody@mail.example", ip="")


async def test_the_desk_hands_out_a_link_with_a_reason_and_a_customer_never(email: str) -> None:
    person = await enter(email, OLD)
    async with begin(Actor(None, "Ada", STAFF_ROLES, "console")) as uow:
        with pytest.raises(Invalid):
            await password_changes.hand_out_link(uow, person.user_id, reason="")
        handed = await password_changes.hand_out_link(uow, person.user_id, reason="Called us")
    async with begin(Actor(person.user_id, "C", frozenset({Role.CUSTOMER}), "portal")) as uow:
        with pytest.raises(Refused):
            await password_changes.hand_out_link(uow, person.user_id, reason="I want to")
    await password_changes.redeem_link(handed.link.rpartition("token=")[2], NEW)
    assert (await enter(email, NEW)).token


async def test_changing_ones_own_password_keeps_the_session_that_did_it(email: str) -> None:
    mine, other = await enter(email, OLD), await enter(email, OLD)
    found = await session_queries.actor_for_token(mine.token)
    assert found is not None
    async with begin(found.actor) as uow:
        await password_changes.change_own(uow, NEW)
    assert await session_queries.actor_for_token(mine.token) is not None
    assert await session_queries.actor_for_token(other.token) is None
    assert (await enter(email, NEW)).token
