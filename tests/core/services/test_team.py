"""Who works here: invited by a link, an auditor until his day, administrators by two persons."""

from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text

from patriot_app.core import four_eyes
from patriot_app.core.clock import FrozenClock, SystemClock
from patriot_app.core.domain.one_time_codes import code_at, step_at
from patriot_app.core.domain.permissions import Actor, Role
from patriot_app.core.domain.proposals import ProposalKind
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.queries import programs as program_queries
from patriot_app.core.queries import sessions as session_queries
from patriot_app.core.queries import staff
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import (
    password_changes,
    programs,
    second_factors,
    sessions,
    user_roles,
    users,
)
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.keys import Keys
from tests.factories.rows import OPERATOR

PASSWORD = "correct horse battery staple"
WEEK = timedelta(days=7)


async def member(*roles: Role, until: bool = False) -> Actor:
    """Somebody who works here, or an auditor for a week."""
    name = f"{'-'.join(roles)}-{uuid4().hex[:8]}"
    async with begin(OPERATOR) as uow:
        user_id = await users.create_staff(
            uow,
            email=f"{name}@firm.example",
            name=name,
            password=PASSWORD,
            roles=roles,
            access_until=uow.now + WEEK if until else None,
        )
    return Actor(user_id=user_id, name=name, roles=frozenset(roles), surface="console")


async def enter(who: Actor, *, totp: str = "", clock: FrozenClock | None = None) -> str:
    """Return the token of a new session."""
    email = f"{who.name}@firm.example"
    done = await sessions.sign_in(
        email, PASSWORD, totp=totp, ip=str(uuid4()), user_agent="tests", clock=clock
    )
    return done.token


def id_of(who: Actor) -> UUID:
    assert who.user_id is not None
    return who.user_id


async def test_nothing_of_an_auditors_is_good_once_his_time_is_over(
    as_web: str, keys: Keys
) -> None:
    auditor = await member(Role.AUDITOR, until=True)
    clock = FrozenClock(SystemClock().now())
    session = await enter(auditor, clock=clock)
    async with begin(auditor, clock=clock) as uow:
        made = await programs.create_key(
            uow,
            name="reader",
            scopes=["accounts:read"],
            lasts=timedelta(days=30),
            per_minute=60,
            addresses="",
        )
        issued = await programs.begin_family(uow, id_of(auditor), scopes=["accounts:read"], ip="")
    assert await session_queries.actor_for_token(session, clock=clock) is not None
    assert await program_queries.by_api_key(made.secret, ip="192.0.2.1", clock=clock) is not None
    late = FrozenClock(clock.now() + WEEK + timedelta(minutes=1))
    live = await session_queries.actor_for_token(session, clock=clock)
    assert live is not None
    assert await session_queries.ended_among([live.session_id], clock=late) == {live.session_id}
    async with begin(OPERATOR) as uow:
        await uow.session.execute(
            text("UPDATE sessions SET idle_seconds = 1000000, expires_at = :at WHERE id = :id"),
            {"id": live.session_id, "at": late.now() + WEEK},
        )
    assert await session_queries.actor_for_token(session, clock=late) is None
    assert await program_queries.by_api_key(made.secret, ip="192.0.2.1", clock=late) is None
    assert await program_queries.by_access_token(issued.access_token, ip="", clock=late) is None
    with pytest.raises(Refused):
        await programs.refresh(issued.refresh_token, ip="", clock=late)
    with pytest.raises(Refused):
        await enter(auditor, clock=late)


async def test_the_database_knows_no_auditor_without_an_end(
    as_web: str, keys: Keys, server: Server, database_name: str
) -> None:
    auditor = await member(Role.AUDITOR, until=True)
    url = server.url("patriot_migrator", database_name).replace("+psycopg", "")
    with (
        psycopg.connect(url, autocommit=True) as connection,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        connection.execute("UPDATE users SET access_until = NULL WHERE id = %s", (id_of(auditor),))


async def test_an_auditors_time_is_given_and_taken_by_a_change_of_roles(
    as_web: str, keys: Keys
) -> None:
    admin, person = await member(Role.ADMIN, Role.SUPPORT), await member(Role.SUPPORT)
    async with begin(admin) as uow:
        until = uow.now + WEEK
        await user_roles.change_roles(
            uow, id_of(person), roles=[Role.AUDITOR], access_until=until, reason="Yearly audit"
        )
    found = await staff.get(admin, id_of(person))
    assert found.roles == ("auditor",)
    assert found.access_until == until
    async with begin(admin) as uow:
        await user_roles.change_roles(
            uow, id_of(person), roles=[Role.SUPPORT], reason="The audit is done"
        )
    assert (await staff.get(admin, id_of(person))).access_until is None


async def test_one_person_alone_makes_and_unmakes_no_administrator(as_web: str, keys: Keys) -> None:
    admin, other = await member(Role.ADMIN), await member(Role.SUPPORT)
    with pytest.raises(Refused, match="two persons"):
        async with begin(admin) as uow:
            await user_roles.change_roles(
                uow, id_of(other), roles=[Role.ADMIN], reason="Needs a hand"
            )
    async with begin(admin) as uow:
        submitted = await four_eyes.submit(
            uow,
            ProposalKind.CHANGE_ROLES,
            subject="Roles",
            subject_key=str(other.user_id),
            payload={"user_id": str(other.user_id), "roles": ["admin"]},
            changes=[],
            reason="Needs a hand",
        )
    assert (await staff.get(admin, id_of(other))).proposals == 1
    officer = await member(Role.COMPLIANCE)
    async with begin(officer) as uow:
        assert await four_eyes.approve(uow, submitted.proposal_id, reason="Agreed") == ""
    found = await staff.get(admin, id_of(other))
    assert (found.roles, found.proposals) == (("admin",), 0)


async def test_a_lost_second_factor_is_reset_by_two_others_and_its_sessions_end(
    as_web: str, keys: Keys
) -> None:
    admin, officer = await member(Role.ADMIN), await member(Role.COMPLIANCE)
    loser = await member(Role.SUPPORT)
    seed, now = second_factors.new_seed(), SystemClock().now()
    async with begin(loser) as uow:
        await second_factors.enrol(
            uow, id_of(loser), seed=seed, code=code_at(seed, step_at(uow.now))
        )
    clock = FrozenClock(now + timedelta(minutes=1))
    token = await enter(loser, totp=code_at(seed, step_at(clock.now())), clock=clock)
    with pytest.raises(Refused, match="Another person"):
        async with begin(loser) as uow:
            await second_factors.reset(uow, id_of(loser), reason="Lost my phone")
    async with begin(admin) as uow:
        submitted = await four_eyes.submit(
            uow,
            ProposalKind.RESET_SECOND_FACTOR,
            subject="Second factor",
            subject_key=str(loser.user_id),
            payload={"user_id": str(loser.user_id)},
            changes=[],
            reason="Lost his phone, called back",
        )
    with pytest.raises(Refused):
        async with begin(admin) as uow:
            await four_eyes.approve(uow, submitted.proposal_id, reason="Myself")
    assert (await staff.get(admin, id_of(loser))).has_second_factor
    async with begin(officer) as uow:
        assert await four_eyes.approve(uow, submitted.proposal_id, reason="Agreed") == ""
    assert not (await staff.get(admin, id_of(loser))).has_second_factor
    assert await session_queries.actor_for_token(token, clock=clock) is None
    assert await enter(loser)


async def test_whoever_is_invited_sets_his_own_password_by_a_link_of_a_day(
    as_web: str, keys: Keys
) -> None:
    name = f"new-{uuid4().hex[:8]}"
    async with begin(OPERATOR) as uow:
        user_id = await users.create_staff(
            uow,
            email=f"{name}@firm.example",
            name=name,
            password=None,
            roles=[Role.SUPPORT],
        )
        handed = await password_changes.hand_out_link(uow, user_id, reason="Invited")
        assert handed.expires_at - uow.now == password_changes.FIRST_LINK_LASTS
    assert not (await staff.get(OPERATOR, user_id)).has_password
    await password_changes.redeem_link(handed.link.rpartition("token=")[2], PASSWORD)
    newcomer = Actor(user_id, name, frozenset({Role.SUPPORT}), "console")
    assert await enter(newcomer)
    found = await staff.page(OPERATOR, PageRequest(search=name, filters={"role": "support"}))
    [one] = found.items
    assert one.has_password
    assert one.last_sign_in_at is not None
    assert one.sessions == 1


async def test_a_client_is_no_member_of_the_team(as_web: str, keys: Keys) -> None:
    admin = await member(Role.ADMIN)
    async with begin(OPERATOR) as uow:
        client_id = await users.create_client(uow, email=f"{uuid4()}@x.example", name="Cleo")
    assert (await staff.known(admin, client_id)).is_client
    with pytest.raises(Refused, match="not one of the staff"):
        async with begin(admin) as uow:
            await user_roles.change_roles(uow, client_id, roles=[Role.SUPPORT], reason="Why not")
    with pytest.raises(Invalid):
        async with begin(admin) as uow:
            await user_roles.change_roles(uow, client_id, roles=[Role.CUSTOMER], reason="Why not")
