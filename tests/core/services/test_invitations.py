"""What an invitation leaves to others: a message for the notifier, a code for the bot."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest
from sqlalchemy import text

from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import Refused
from patriot_app.core.ids import new_id
from patriot_app.core.services import invitations, notifications, registration
from patriot_app.core.services.invitations import Invited
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories import roles
from tests.factories.rows import OPERATOR

As = Callable[[str], AbstractAsyncContextManager[None]]


@pytest.fixture
def acting_as(as_web: str, server: Server, database_name: str) -> As:
    """Let a part of the test run under another role than the web process."""

    return lambda role: roles.acting_as(server, database_name, role)


async def invite() -> Invited:
    async with begin(OPERATOR) as uow:
        return await invitations.invite(uow, email=f"{new_id()}@mail.example", name="Ivy")


async def test_the_link_leaves_the_outbox_when_it_has_been_sent(acting_as: As) -> None:
    invited = await invite()
    async with acting_as("patriot_daemon"), begin(SYSTEM) as uow:
        mails = await notifications.claim_mail(uow, count=100, lease=timedelta(minutes=1))
        mine = [mail for mail in mails if invited.link in mail.body]
        assert [mail.name for mail in mine] == ["Ivy"]
        await notifications.mark_sent(uow, mine[0].id)
        left = await uow.session.execute(
            text("SELECT body FROM notifications WHERE id = :id"), {"id": mine[0].id}
        )
        assert left.scalar_one() == ""
        recorded = text("SELECT count(*) FROM events WHERE payload::text LIKE :link")
        found = await uow.session.execute(recorded, {"link": f"%{invited.link[-43:]}%"})
        assert found.scalar_one() == 0


async def test_a_link_that_nobody_will_send_is_wiped_too(acting_as: As) -> None:
    invited = await invite()
    async with acting_as("patriot_daemon"), begin(SYSTEM) as uow:
        await notifications.give_up_mail(uow, reason="No mail server is set")
        left = await uow.session.execute(
            text("SELECT body FROM notifications WHERE invitation_id = :id"),
            {"id": invited.invitation_id},
        )
        assert left.scalar_one() == ""


async def test_a_chats_code_is_good_once(acting_as: As) -> None:
    invited = await invite()
    async with begin(OPERATOR) as uow:
        code = await invitations.issue_code(uow, invited.invitation_id)
    async with acting_as("patriot_bot"):
        async with begin(SYSTEM) as uow:
            link = await registration.redeem_code(uow, code, telegram_id=7, name="Ivy")
            assert "/join?token=" in link
            assert link != invited.link
        async with begin(SYSTEM) as uow:
            with pytest.raises(Refused, match="not valid"):
                await registration.redeem_code(uow, code, telegram_id=8, name="Eve")
            with pytest.raises(Refused, match="not valid"):
                await registration.redeem_code(uow, "unknown", telegram_id=7, name="Ivy")
