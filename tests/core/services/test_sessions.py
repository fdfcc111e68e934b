"""Sign in, stay signed in, prove again, sign out."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from patriot_app.core import passwords
from patriot_app.core.clock import FrozenClock
from patriot_app.core.domain.one_time_codes import code_at, step_at
from patriot_app.core.domain.permissions import STAFF_ROLES, VISITOR, WORKING_ROLES, Actor
from patriot_app.core.domain.throttling import Throttled
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.queries import sessions as queries
from patriot_app.core.services import administrators, second_factors, sessions
from patriot_app.core.services.sessions.proofs import CODES_MAX, FACTOR_LOCK
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import begin
from tests.factories.keys import Keys

EMAIL = "root@desk.example"
PASSWORD = "a long enough password"
IP = "192.0.2.1"


@pytest.fixture
async def administrator(as_web: str, keys: Keys) -> None:
    """Somebody to sign in as, created once per module; nobody has failed to be him so far."""
    async with begin(VISITOR) as uow:
        await uow.session.execute(text("DELETE FROM sign_in_attempts"))
    if await queries.first_run_needed():
        async with begin(VISITOR) as uow:
            await administrators.create_first_administrator(
                uow, email=EMAIL, name="Root", password=PASSWORD
            )


async def enter(
    clock: FrozenClock, *, password: str = PASSWORD, ip: str | None = None, totp: str = ""
) -> sessions.SignedIn:
    return await sessions.sign_in(
        EMAIL, password, totp=totp, ip=ip or str(uuid4()), user_agent="tests", clock=clock
    )


async def test_the_first_visit_creates_the_one_administrator(administrator: None) -> None:
    assert not await queries.first_run_needed()
    async with begin(VISITOR) as uow:
        with pytest.raises(Refused, match="exists already"):
            await administrators.create_first_administrator(
                uow, email="other@desk.example", name="Other", password=PASSWORD
            )


async def test_a_weak_password_is_refused_by_field(as_web: str, keys: Keys) -> None:
    async with begin(VISITOR) as uow:
        with pytest.raises(Invalid) as caught:
            await administrators.create_first_administrator(
                uow, email="a@b.example", name="A", password="short"
            )
    assert set(caught.value.fields) == {"password"}


async def test_a_token_names_its_person_and_is_stored_only_as_a_hash(
    administrator: None, clock: FrozenClock
) -> None:
    signed_in = await enter(clock)
    found = await queries.actor_for_token(signed_in.token, ip=IP, clock=clock)
    assert found is not None
    assert found.actor.roles == WORKING_ROLES
    assert found.actor.surface == "console"
    assert found.csrf_token == signed_in.csrf_token
    async with begin(VISITOR) as uow:
        stored = await uow.session.execute(
            text("SELECT token_hash FROM sessions WHERE id = :id"), {"id": signed_in.session_id}
        )
        assert signed_in.token.encode() not in bytes(stored.scalar_one())


async def test_an_idle_session_ends_and_a_used_one_ends_after_its_life(
    administrator: None, clock: FrozenClock
) -> None:
    idle = await enter(clock)
    used = await enter(clock)
    for _ in range(71):
        clock.advance(600)
        assert await queries.actor_for_token(used.token, ip=IP, clock=clock) is not None
    assert await queries.actor_for_token(idle.token, ip=IP, clock=clock) is None
    clock.advance(timedelta(minutes=11).total_seconds())
    assert await queries.actor_for_token(used.token, ip=IP, clock=clock) is None


async def test_an_unknown_person_and_a_wrong_password_get_the_same_answer(
    administrator: None, clock: FrozenClock
) -> None:
    with pytest.raises(Refused) as wrong:
        await enter(clock, password="not the password")
    with pytest.raises(Refused) as unknown:
        await sessions.sign_in(
            "nobody@desk.example", PASSWORD, ip="192.0.2.9", user_agent="t", clock=clock
        )
    assert str(wrong.value) == str(unknown.value) == sessions.NOT_RIGHT


async def test_after_five_failures_each_try_must_wait_and_nobody_is_locked_out(
    administrator: None, clock: FrozenClock
) -> None:
    for _ in range(5):
        with pytest.raises(Refused):
            await enter(clock, password="wrong", ip="192.0.2.7")
    with pytest.raises(Throttled) as caught:
        await enter(clock, ip="192.0.2.7")
    assert caught.value.wait_s == 1
    assert (await enter(clock, ip="192.0.2.8")).token
    clock.advance(1.5)
    assert (await enter(clock, ip="192.0.2.7")).token


async def test_an_address_that_failed_fifty_times_waits_whoever_it_tries(
    administrator: None, clock: FrozenClock
) -> None:
    for number in range(50):
        with pytest.raises(Refused, match="not right"):
            await sessions.sign_in(
                f"guess{number}@desk.example",
                "x",
                ip="192.0.2.66",
                user_agent="t",
                clock=clock,
            )
    with pytest.raises(Throttled):
        await enter(clock, ip="192.0.2.66")
    clock.advance(3601)
    assert (await enter(clock, ip="192.0.2.66")).token


async def test_signing_out_ends_the_session(administrator: None, clock: FrozenClock) -> None:
    signed_in = await enter(clock)
    found = await queries.actor_for_token(signed_in.token, ip=IP, clock=clock)
    assert found is not None
    for _ in range(2):
        async with begin(found.actor) as uow:
            await sessions.sign_out(uow, signed_in.session_id)
    assert await queries.actor_for_token(signed_in.token, ip=IP, clock=clock) is None


async def test_stepping_up_gives_the_session_a_new_token(
    administrator: None, clock: FrozenClock
) -> None:
    signed_in = await enter(clock)
    again = await sessions.step_up(signed_in.session_id, PASSWORD, ip=str(uuid4()), clock=clock)
    assert await queries.actor_for_token(signed_in.token, ip=IP, clock=clock) is None
    found = await queries.actor_for_token(again.token, ip=IP, clock=clock)
    assert found is not None
    assert found.has_stepped_up(clock.now())
    assert not found.has_stepped_up(clock.now() + timedelta(minutes=6))
    with pytest.raises(Refused):
        await sessions.step_up(signed_in.session_id, "wrong", ip=str(uuid4()), clock=clock)


async def test_signing_in_is_a_fresh_proof_of_identity(
    administrator: None, clock: FrozenClock
) -> None:
    signed_in = await enter(clock)
    found = await queries.actor_for_token(signed_in.token, ip=IP, clock=clock)
    assert found is not None
    assert found.has_stepped_up(clock.now() + timedelta(minutes=5))
    assert not found.has_stepped_up(clock.now() + timedelta(minutes=6))


async def test_a_recovery_code_stands_in_for_the_app_once(
    administrator: None, clock: FrozenClock
) -> None:
    signed_in = await enter(clock)
    seed = second_factors.new_seed()
    found = await queries.actor_for_token(signed_in.token, ip=IP, clock=clock)
    assert found is not None
    code = code_at(seed, step_at(clock.now()))
    async with begin(found.actor, clock=clock) as uow:
        codes = await second_factors.enrol(uow, found.user_id, seed=seed, code=code)
    try:
        tries = await asyncio.gather(
            *(enter(clock, totp=codes[0]) for _ in range(3)), return_exceptions=True
        )
        assert sum(isinstance(one, sessions.SignedIn) for one in tries) == 1
        assert sum(isinstance(one, Refused) for one in tries) == 2
        async with begin(found.actor, clock=clock) as uow:
            left = await uow.session.execute(
                text("SELECT count(*) FROM recovery_codes WHERE used_at IS NULL")
            )
            told = await uow.session.execute(
                text("SELECT count(*) FROM events WHERE type = 'RecoveryCodeUsed'")
            )
            assert (left.scalar_one(), told.scalar_one()) == (9, 1)
    finally:
        async with begin(found.actor, clock=clock) as uow:
            await second_factors.remove(uow, found.user_id)


async def test_an_enrolled_person_needs_a_code_and_each_code_works_once(
    administrator: None, clock: FrozenClock
) -> None:
    signed_in = await enter(clock)
    seed = second_factors.new_seed()
    code = code_at(seed, step_at(clock.now()))
    found = await queries.actor_for_token(signed_in.token, ip=IP, clock=clock)
    assert found is not None
    async with begin(found.actor, clock=clock) as uow:
        await second_factors.enrol(uow, found.user_id, seed=seed, code=code)
    try:
        with pytest.raises(Refused):
            await enter(clock)
        with pytest.raises(Refused):
            await enter(clock, totp=code)
        clock.advance(30)
        later = code_at(seed, step_at(clock.now()))
        assert (await enter(clock, totp=later)).token
        with pytest.raises(Refused):
            await enter(clock, totp=later)
    finally:
        async with begin(found.actor, clock=clock) as uow:
            await second_factors.remove(uow, found.user_id)


async def actor_of(signed_in: sessions.SignedIn, clock: FrozenClock) -> Actor:
    found = await queries.actor_for_token(signed_in.token, clock=clock)
    assert found is not None
    return found.actor


async def told(kind: str) -> list[tuple[str, str]]:
    """Return (channel, title) of the messages that facts of a kind became, newest last."""
    async with begin(Actor(None, "Ada", STAFF_ROLES, "console")) as uow:
        found = await uow.session.execute(
            text(
                "SELECT n.channel, n.title FROM notifications AS n JOIN events AS e"
                " ON e.id = n.event_id WHERE e.type = :kind ORDER BY e.recorded_at, n.channel"
            ),
            {"kind": kind},
        )
        return [(row.channel, row.title) for row in found]


async def test_one_ends_his_other_browsers_and_keeps_the_one_he_uses(
    administrator: None, clock: FrozenClock
) -> None:
    kept, other, third = [await enter(clock) for _ in range(3)]
    actor = await actor_of(kept, clock)
    listed = await queries.own_sessions(actor, clock=clock)
    assert listed[0].is_current
    assert {one.session_id for one in listed} >= {one.session_id for one in (kept, other, third)}
    async with begin(actor, clock=clock) as uow:
        await sessions.end_own(uow, third.session_id)
    assert await queries.ended_among([kept.session_id, third.session_id], clock=clock) == {
        third.session_id
    }
    async with begin(actor, clock=clock) as uow:
        assert await sessions.end_others(uow) >= 1
    assert await queries.actor_for_token(other.token, clock=clock) is None
    assert await queries.actor_for_token(kept.token, clock=clock) is not None


async def test_the_desk_puts_a_person_out_with_a_reason(
    administrator: None, clock: FrozenClock
) -> None:
    signed_in = await enter(clock)
    actor = await actor_of(signed_in, clock)
    async with begin(actor, clock=clock) as uow:
        with pytest.raises(Invalid):
            await sessions.end_all_of(uow, signed_in.user_id, reason=" ")
        await sessions.end_all_of(uow, signed_in.user_id, reason="Laptop was stolen")
    assert await queries.actor_for_token(signed_in.token, clock=clock) is None


async def test_how_long_sessions_last_is_a_setting(
    administrator: None, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATRIOT_STAFF_IDLE_S", "120")
    monkeypatch.setenv("PATRIOT_STAFF_SESSION_S", "300")
    get_settings.cache_clear()
    idle, used = await enter(clock), await enter(clock)
    for _ in range(2):
        clock.advance(119)
        assert await queries.actor_for_token(used.token, clock=clock) is not None
    assert await queries.actor_for_token(idle.token, clock=clock) is None
    clock.advance(62)
    assert await queries.actor_for_token(used.token, clock=clock) is None


async def test_staff_come_in_and_stay_from_listed_addresses_only(
    administrator: None, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATRIOT_STAFF_ADDRESSES", "198.51.100.0/24")
    get_settings.cache_clear()
    with pytest.raises(Refused, match=sessions.NOT_RIGHT):
        await enter(clock, ip="203.0.113.9")
    signed_in = await enter(clock, ip="198.51.100.20")
    assert await queries.actor_for_token(signed_in.token, ip="203.0.113.9", clock=clock) is None
    assert await queries.actor_for_token(signed_in.token, ip="198.51.100.21", clock=clock)


async def test_staff_without_a_second_factor_must_set_one_up_where_it_is_required(
    administrator: None, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATRIOT_STAFF_SECOND_FACTOR", "required")
    get_settings.cache_clear()
    signed_in = await enter(clock)
    assert signed_in.must_enrol
    found = await queries.actor_for_token(signed_in.token, clock=clock)
    assert found is not None
    assert found.must_enrol


async def test_a_known_address_does_not_wait_for_those_who_guess_from_everywhere(
    administrator: None, clock: FrozenClock
) -> None:
    await enter(clock, ip="192.0.2.200")
    clock.advance(60)
    for number in range(20):
        clock.advance(10)
        with pytest.raises(Refused, match="not right"):
            await enter(clock, password="wrong", ip=f"203.0.113.{number}")
    with pytest.raises(Throttled):
        await enter(clock, ip="203.0.113.99")
    assert (await enter(clock, ip="192.0.2.200")).token
    clock.advance(10)
    assert (await enter(clock, ip="203.0.113.99")).token
    assert await told("SignedInAfterFailures")


async def test_a_browser_that_is_new_in_name_and_place_is_told_to_its_person(
    administrator: None, clock: FrozenClock
) -> None:
    await enter(clock, ip="192.0.2.31")
    before = len(await told("NewDeviceSeen"))
    await enter(clock, ip="192.0.2.32")
    assert len(await told("NewDeviceSeen")) == before
    await sessions.sign_in(
        EMAIL, PASSWORD, ip="192.0.2.33", user_agent="Firefox/140 (Linux)", clock=clock
    )
    assert (await told("NewDeviceSeen"))[before:] == [
        ("console", "Signed in from a new device"),
        ("email", "Signed in from a new device"),
    ]


async def test_five_wrong_codes_lock_the_app_for_a_while_and_recovery_codes_still_work(
    administrator: None, clock: FrozenClock
) -> None:
    signed_in = await enter(clock)
    actor = await actor_of(signed_in, clock)
    seed = second_factors.new_seed()
    async with begin(actor, clock=clock) as uow:
        codes = await second_factors.enrol(
            uow, signed_in.user_id, seed=seed, code=code_at(seed, step_at(clock.now()))
        )
    assert ("email", "Your second factor was changed") in await told("SecondFactorChanged")
    try:
        for _ in range(CODES_MAX):
            with pytest.raises(Refused):
                await enter(clock, totp="000000")
        clock.advance(30)
        with pytest.raises(Refused):
            await enter(clock, totp=code_at(seed, step_at(clock.now())))
        assert (await enter(clock, totp=codes[0])).token
        for _ in range(CODES_MAX):
            with pytest.raises(Refused):
                await enter(clock, totp="000000")
        clock.advance(FACTOR_LOCK.total_seconds())
        assert (await enter(clock, totp=code_at(seed, step_at(clock.now())))).token
        assert len(await told("SecondFactorLocked")) == 4
    finally:
        async with begin(actor, clock=clock) as uow:
            await second_factors.remove(uow, signed_in.user_id)


async def test_an_unknown_person_takes_the_same_work_as_a_wrong_password(
    administrator: None, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[str] = []
    check = passwords.check_password

    async def counted(encoded: str | None, password: str, **how: Any) -> bool:
        work.append("decoy" if encoded is None else "hash")
        return await check(encoded, password, **how)

    monkeypatch.setattr(passwords, "check_password", counted)
    for email in (EMAIL, "nobody@desk.example"):
        with pytest.raises(Refused, match=sessions.NOT_RIGHT):
            await sessions.sign_in(email, "wrong", ip=str(uuid4()), user_agent="t", clock=clock)
    assert work == ["hash", "decoy"]
