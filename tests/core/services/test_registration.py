"""A person registers once by a link that is good once, and nothing of the link stays behind."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from patriot_app.core.clock import FrozenClock, SystemClock
from patriot_app.core.domain.permissions import VISITOR
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.queries import invitations as queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import invitations, registration
from patriot_app.core.services.invitations import Invited
from patriot_app.core.services.registration import Registered
from patriot_app.core.unit_of_work import begin
from tests.factories.keys import Keys
from tests.factories.rows import OPERATOR

PASSWORD = "correct horse battery"


def token_of(invited: Invited) -> str:
    return parse_qs(urlsplit(invited.link).query)["token"][0]


async def invite(email: str = "") -> Invited:
    async with begin(OPERATOR) as uow:
        return await invitations.invite(uow, email=email or f"{new_id()}@mail.example", name="Ivy")


async def register(token: str, *, request_id: str = "", terms: str = "v1") -> Registered:
    async with begin(VISITOR) as uow:
        return await registration.register(
            uow,
            token=token,
            name="Ivy Green",
            password_hash="hash",
            terms_version=terms,
            request_id=request_id or str(new_id()),
        )


async def state_of(invitation_id: UUID) -> str:
    page = await queries.page(OPERATOR, PageRequest(search=str(invitation_id)))
    return page.items[0].state


async def test_an_invited_person_registers_once_and_awaits_approval(as_web: str) -> None:
    invited = await invite()
    waiting = await queries.awaiting_approval(OPERATOR)
    assert (await queries.welcome(token_of(invited))).name == "Ivy"
    await register(token_of(invited))
    assert await queries.awaiting_approval(OPERATOR) == waiting + 1
    assert await state_of(invited.invitation_id) == "used"
    with pytest.raises(Refused, match="used already"):
        await register(token_of(invited))
    with pytest.raises(Refused, match="used already"):
        await queries.welcome(token_of(invited))


async def test_the_same_request_within_a_day_gets_its_first_answer(as_web: str) -> None:
    invited = await invite()
    first = await register(token_of(invited), request_id="r-1")
    second = await register(token_of(invited), request_id="r-1")
    assert (second.user_id, first.is_repeat, second.is_repeat) == (first.user_id, False, True)
    late = FrozenClock(SystemClock().now() + timedelta(hours=25))
    async with begin(VISITOR, clock=late) as uow:
        with pytest.raises(Refused):
            await registration.register(
                uow,
                token=token_of(invited),
                name="Ivy",
                password_hash="hash",
                terms_version="v1",
                request_id="r-1",
            )


async def test_nobody_registers_without_a_name_or_the_terms(as_web: str) -> None:
    invited = await invite()
    with pytest.raises(Invalid) as caught:
        await register(token_of(invited), terms="")
    assert set(caught.value.fields) == {"terms"}
    assert await state_of(invited.invitation_id) == "open"


async def test_a_link_that_was_sent_again_or_withdrawn_is_void(as_web: str) -> None:
    invited = await invite()
    async with begin(OPERATOR) as uow:
        again = await invitations.send_again(uow, invited.invitation_id)
    with pytest.raises(Refused, match="not valid"):
        await register(token_of(invited))
    async with begin(OPERATOR) as uow:
        await invitations.revoke(uow, invited.invitation_id, reason="Wrong person")
    with pytest.raises(Refused, match="withdrawn"):
        await register(token_of(again))


async def test_an_expired_link_is_refused_and_makes_room_for_another(as_web: str) -> None:
    past = FrozenClock(SystemClock().now() - timedelta(days=8))
    email = f"{new_id()}@mail.example"
    async with begin(OPERATOR, clock=past) as uow:
        old = await invitations.invite(uow, email=email, name="Ivy")
    with pytest.raises(Refused, match="expired"):
        await register(token_of(old))
    fresh = await invite(email)
    with pytest.raises(Invalid, match="email"):
        await invite(email.upper())
    assert (await register(token_of(fresh))).user_id


async def test_a_first_password_is_checked_before_it_is_hashed(as_web: str, keys: Keys) -> None:
    with pytest.raises(Invalid, match="password"):
        await registration.hash_new_password("short", email="ivy@mail.example")
    encoded = await registration.hash_new_password(PASSWORD, email="ivy@mail.example")
    assert encoded.startswith("$argon2id$")
