"""What a person has read, and what the desk lets be sent again."""

from uuid import UUID

import pytest
from sqlalchemy import text

from patriot_app.core.domain.events import Severity
from patriot_app.core.domain.notification_kinds import default_channels
from patriot_app.core.domain.notification_preferences import NoticeKind
from patriot_app.core.domain.notifications import Notice
from patriot_app.core.errors import Refused
from patriot_app.core.queries import deliveries
from patriot_app.core.queries import notifications as queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import notifications
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.rows import OPERATOR, customer, make_client


async def told(title: str = "A limit was reached") -> UUID:
    """Tell a new client something in the web and by e-mail; return who he is."""
    client_id = await make_client()
    notice = Notice(
        title=title,
        body="Look at it.",
        severity=Severity.WARNING,
        roles=frozenset(),
        is_for_client=False,
        kind=NoticeKind.RISK,
        channels=default_channels(Severity.WARNING),
    )
    async with begin(OPERATOR) as uow:
        uow.tell(notice, user_id=client_id)
        await uow.flush()
        await uow.session.execute(
            text(
                "UPDATE notifications SET read_at = now() WHERE user_id = :id AND kind = 'people'"
            ),
            {"id": client_id},
        )
    return client_id


async def test_a_message_is_read_and_wanted_again_by_its_person_alone(as_web: str) -> None:
    ada, bob = customer(await told()), customer(await make_client())
    [message] = (await queries.page(ada, PageRequest(filters={"unread": "yes"}))).items
    async with begin(bob) as uow:
        await notifications.mark_read(uow, [message.id])
    assert await queries.unread(ada) == 1
    async with begin(ada) as uow:
        await notifications.mark_read(uow, [message.id])
    assert await queries.unread(ada) == 0
    async with begin(ada) as uow:
        await notifications.mark_unread(uow, message.id)
    assert await queries.unread(ada) == 1


async def test_only_what_was_given_up_is_sent_again(
    as_web: str, server: Server, database_name: str
) -> None:
    client_id = await told("Never taken")
    shown = PageRequest(search="Never taken", filters={"channel": "email"})
    before = await deliveries.page(OPERATOR, shown)
    [waiting] = before.items
    assert waiting.state == "waiting"
    with pytest.raises(Refused, match="given up"):
        async with begin(OPERATOR) as uow:
            await notifications.retry(uow, waiting.id)
    server.execute(
        "UPDATE notifications SET given_up_at = now(), error = '550 no such box', attempts = 8"
        f" WHERE user_id = '{client_id}' AND channel = 'email'",
        database=database_name,
    )
    async with begin(OPERATOR) as uow:
        await notifications.retry(uow, waiting.id)
    after = await deliveries.page(OPERATOR, shown)
    [again] = after.items
    assert (again.state, again.attempts, again.error) == ("waiting", 0, "")
