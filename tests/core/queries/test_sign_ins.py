"""The figures of who came in and who was refused."""

from datetime import timedelta

import pytest

from patriot_app.core.domain.permissions import STAFF_ROLES, Actor, Role
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.queries import sign_ins
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import programs, sessions, users
from patriot_app.core.unit_of_work import begin
from tests.factories.keys import Keys

DESK = Actor(None, "Ada", STAFF_ROLES, "console")
PASSWORD = "four words of hers own"


async def test_sign_ins_refusals_sessions_and_keys_are_counted_and_listed(
    as_web: str, keys: Keys
) -> None:
    async with begin(DESK) as uow:
        user_id = await users.create_client(
            uow, email="cleo@mail.example", name="Cleo", password=PASSWORD
        )
        await users.approve(uow, user_id)
    await sessions.sign_in("cleo@mail.example", PASSWORD, ip="192.0.2.1", user_agent="curl/8")
    for email in ("cleo@mail.example", "nobody@mail.example"):
        with pytest.raises(Refused):
            await sessions.sign_in(email, "wrong", ip="203.0.113.5", user_agent="t")
    cleo = Actor(user_id, "Cleo", frozenset({Role.CUSTOMER}), "portal")
    async with begin(cleo) as uow:
        key = await programs.create_key(
            uow,
            name="Bot",
            scopes=["accounts:read"],
            lasts=timedelta(days=1),
            per_minute=5,
        )

    found = await sign_ins.summary(DESK)
    assert (found.sessions, found.people, found.keys) == (1, 1, 1)
    assert (found.in_hour, found.in_day, found.failed_hour, found.failed_day) == (1, 1, 2, 2)
    [today] = await sign_ins.by_day(DESK)
    assert (today.signed_in, today.failed) == (1, 2)
    [refused] = await sign_ins.refused_addresses(DESK)
    assert (refused.ip, refused.failures) == ("203.0.113.5", 2)
    page = await sign_ins.tries(DESK, PageRequest(filters={"outcome": "refused"}))
    assert sorted(one.name or "" for one in page.items) == ["", "Cleo"]
    [session] = (await sign_ins.sessions(DESK, PageRequest(filters={"who": "customers"}))).items
    assert (session.name, session.device) == ("Cleo", "curl")
    [shown] = (await sign_ins.keys(DESK, PageRequest(filters={"state": "good"}))).items
    assert (shown.person, shown.prefix) == ("Cleo", key.prefix)
    with pytest.raises(NotFound):
        await sign_ins.summary(cleo)
