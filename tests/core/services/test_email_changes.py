"""Another address is a person's own once its link came back, and his record shows him his own."""

import re
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from patriot_app.core.clock import FrozenClock, SystemClock
from patriot_app.core.domain.permissions import VISITOR
from patriot_app.core.domain.users import RiskProfile
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.queries import events, profile
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import (
    client_notes,
    email_changes,
    risk_profiles,
    sessions,
    users,
)
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import begin
from tests.factories.keys import Keys
from tests.factories.rows import OPERATOR, customer, make_client

PASSWORD = "four words of hers own"


async def ask(client_id: UUID, email: str, *, clock: FrozenClock | None = None) -> str:
    """Ask for another address; return the token of the link that was sent there."""
    async with begin(customer(client_id), clock=clock) as uow:
        await email_changes.ask(uow, email)
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text(
                "SELECT n.body FROM notifications AS n JOIN email_changes AS c"
                " ON c.id = n.email_change_id WHERE c.user_id = :id ORDER BY c.id DESC LIMIT 1"
            ),
            {"id": client_id},
        )
        [token] = re.findall(r"token=([A-Za-z0-9_-]+)", str(found.scalar_one()))
        return str(token)


async def confirm(token: str, *, clock: FrozenClock | None = None) -> None:
    async with begin(VISITOR, clock=clock) as uow:
        await email_changes.confirm(uow, token)


async def test_an_address_changes_once_by_the_link_that_was_sent_there(
    as_web: str, keys: Keys
) -> None:
    old, new = f"{uuid4()}@mail.example", f"{uuid4()}@mail.example"
    async with begin(OPERATOR) as uow:
        client_id = await users.create_client(uow, email=old, name="Cleo", password=PASSWORD)
        await users.approve(uow, client_id)
    token = await ask(client_id, new.upper())
    waiting = await profile.own(customer(client_id))
    assert (waiting.email, waiting.email_wished) == (old, new)
    await confirm(token)
    changed = await profile.own(customer(client_id))
    assert (changed.email, changed.email_wished) == (new, None)
    assert await sessions.sign_in(new, PASSWORD, ip="192.0.2.1", user_agent="tests")
    with pytest.raises(Refused):
        await sessions.sign_in(old, PASSWORD, ip="192.0.2.1", user_agent="tests")
    with pytest.raises(Refused, match="not good"):
        await confirm(token)


async def test_only_the_newest_link_in_time_and_to_a_free_address_is_good(as_web: str) -> None:
    client_id, other = await make_client(), await make_client(name="Other")
    taken = (await profile.own(customer(other))).email
    first = await ask(client_id, f"{uuid4()}@mail.example")
    second = await ask(client_id, taken)
    for token in (first, second, "guessed"):
        with pytest.raises(Refused, match="not good"):
            await confirm(token)
    clock = FrozenClock(SystemClock().now())
    third = await ask(client_id, f"{uuid4()}@mail.example", clock=clock)
    late = FrozenClock(clock.now() + email_changes.LINK_LASTS)
    with pytest.raises(Refused, match="not good"):
        await confirm(third, clock=late)
    with pytest.raises(Invalid, match="already"):
        await ask(client_id, (await profile.own(customer(client_id))).email)
    for _ in range(email_changes.ASKED_PER_DAY - 3):
        await ask(client_id, f"{uuid4()}@mail.example")
    with pytest.raises(Refused, match="several times"):
        await ask(client_id, f"{uuid4()}@mail.example")


async def test_the_link_leaves_to_the_new_address_and_the_former_hears_of_it(as_web: str) -> None:
    client_id, new = await make_client(), f"{uuid4()}@mail.example"
    former = (await profile.own(customer(client_id))).email
    await ask(client_id, new)
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text(
                "SELECT title, is_secret FROM notifications WHERE channel = 'email'"
                " AND (user_id = :id OR email_change_id IN"
                " (SELECT id FROM email_changes WHERE user_id = :id)) ORDER BY title"
            ),
            {"id": client_id},
        )
        assert [(row[0], row[1]) for row in found] == [
            ("Another address was asked for", False),
            ("Confirm your new address", True),
        ]
    assert former != new


async def test_a_client_reads_his_own_record_and_nobody_elses_nor_the_desks_notes(
    as_web: str, keys: Keys
) -> None:
    email = f"{uuid4()}@mail.example"
    async with begin(OPERATOR) as uow:
        client_id = await users.create_client(uow, email=email, name="Cleo", password=PASSWORD)
        await users.approve(uow, client_id)
        await client_notes.add(uow, client_id, text="Careful with this one")
    await sessions.sign_in(email, PASSWORD, ip="192.0.2.7", user_agent="tests")
    async with begin(customer(client_id)) as uow:
        await risk_profiles.wish(
            uow, client_id, profile=RiskProfile.HIGH, justification="I can bear more"
        )
    own = await profile.own(customer(client_id))
    assert (own.risk_profile_wish, own.sessions) == ("high", 1)
    asked = PageRequest(size=50, filters={"person_id": str(client_id)})
    seen = await events.page(customer(client_id), asked)
    kinds = {one.type for one in seen.items}
    assert {"UserRegistered", "UserStatusChanged", "SignedIn", "RiskProfileWished"} <= kinds
    assert "ClientNoteAdded" not in kinds
    assert {one.type for one in (await events.page(OPERATOR, asked)).items} > kinds
    stranger = await make_client(name="Dora")
    assert (await events.page(customer(stranger), asked)).items == ()
    assert (await events.page(customer(client_id), PageRequest(size=50))).total == seen.total


async def test_a_desk_without_mail_confirms_the_address_that_the_client_asked_for(
    as_web: str, keys: Keys
) -> None:
    client_id, wanted = await make_client(), f"{uuid4()}@mail.example"

    async def confirm_by_desk(email: str, *, reason: str = "Called back") -> None:
        async with begin(OPERATOR) as uow:
            await email_changes.confirm_of_client(uow, client_id, email=email, reason=reason)

    with pytest.raises(Refused, match="asked for no other address"):
        await confirm_by_desk(wanted)
    token = await ask(client_id, wanted)
    with pytest.raises(Invalid, match="not the address"):
        await confirm_by_desk(f"{uuid4()}@mail.example")
    with pytest.raises(Invalid):
        await confirm_by_desk(wanted, reason=" ")
    async with begin(OPERATOR) as uow:
        with pytest.raises(Refused, match="asked for no other"):
            await email_changes.confirm_of_member(
                uow, client_id, email=wanted, reason="Called back"
            )
    await confirm_by_desk(wanted.upper())
    assert (await profile.own(customer(client_id))).email == wanted
    with pytest.raises(Refused, match="not good"):
        await confirm(token)
    [told] = [
        one for one in await events.timeline(OPERATOR, client_id) if one.type == "UserEmailChanged"
    ]
    assert told.payload["reason"] == "Called back"


async def test_a_desk_that_sends_mail_leaves_it_to_the_link(
    as_web: str, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    client_id, wanted = await make_client(), f"{uuid4()}@mail.example"
    await ask(client_id, wanted)
    monkeypatch.setenv("PATRIOT_SMTP_URL", "smtp://mail.example:587")
    get_settings.cache_clear()
    with pytest.raises(Refused, match="the link sent there"):
        async with begin(OPERATOR) as uow:
            await email_changes.confirm_of_client(
                uow, client_id, email=wanted, reason="Called back"
            )
    monkeypatch.undo()
    get_settings.cache_clear()
