"""A client asks, the desk answers, each sees what is his, and nobody floods anybody."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from patriot_app.core.domain.permissions import Actor, Role
from patriot_app.core.domain.tickets import LIVE_MAX, MESSAGES_MAX
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.queries import events as event_queries
from patriot_app.core.queries import tickets as queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import tickets
from patriot_app.core.unit_of_work import begin
from tests.core.services.test_team import member
from tests.factories.keys import Keys
from tests.factories.rows import customer, make_client


async def ask(client: Actor, *, subject: str = "My fee", body: str = "Why so much?") -> UUID:
    async with begin(client) as uow:
        ticket_id, _ = await tickets.open_ticket(
            uow, subject=subject, body=body, context="You: fees\nBot: 12 USDT"
        )
    return ticket_id


async def test_a_question_is_answered_and_both_sides_see_it(as_web: str, keys: Keys) -> None:
    client, support = customer(await make_client()), await member(Role.SUPPORT)
    ticket_id = await ask(client, body="<b>Why</b> so much?")

    async with begin(support) as uow:
        await tickets.answer(uow, ticket_id, body="It is 20 % of the profit.")

    seen, own = (
        await queries.conversation(support, ticket_id),
        await queries.own_conversation(client, ticket_id),
    )
    assert [one.body for one in seen.messages] == [
        "<b>Why</b> so much?",
        "It is 20 % of the profit.",
    ]
    assert seen.messages == own.messages
    assert (seen.ticket.state, seen.ticket.assignee) == ("answered", support.name)
    assert seen.context == "You: fees\nBot: 12 USDT"
    assert (
        f"Answer to your question {seen.ticket.number}",
        "It is 20 % of the profit.",
        "console",
    ) in (await notices_of(client))


async def notices_of(client: Actor) -> list[tuple[str, str, str]]:
    async with begin(client) as uow:
        found = await uow.session.execute(
            text(
                "SELECT title, body, channel FROM notifications WHERE user_id = :id"
                " AND title LIKE 'Answer%' ORDER BY channel"
            ),
            {"id": client.user_id},
        )
        return [(row.title, row.body, row.channel) for row in found]


async def test_a_client_sees_and_touches_only_what_is_his(as_web: str) -> None:
    client, stranger = customer(await make_client()), customer(await make_client())
    ticket_id = await ask(client)

    assert await queries.own(stranger) == ()
    with pytest.raises(NotFound):
        await queries.own_conversation(stranger, ticket_id)
    with pytest.raises(NotFound):
        await queries.conversation(client, ticket_id)
    with pytest.raises(NotFound):
        async with begin(stranger) as uow:
            await tickets.follow_up(uow, ticket_id, body="Let me in")
    for act in (tickets.take, tickets.close, tickets.reopen):
        with pytest.raises(NotFound):
            async with begin(client) as uow:
                await act(uow, ticket_id)
    with pytest.raises(NotFound):
        async with begin(client) as uow:
            await tickets.answer(uow, ticket_id, body="I answer myself")


async def test_a_client_cannot_speak_as_the_desk(as_web: str) -> None:
    client = customer(await make_client())
    ticket_id = await ask(client)

    with pytest.raises(ProgrammingError, match="row-level security"):
        async with begin(client) as uow:
            await uow.session.execute(
                text(
                    "INSERT INTO ticket_messages (id, ticket_id, author_id, author, is_staff,"
                    " surface, body) VALUES (gen_random_uuid(), :ticket, :person, 'The desk', true,"
                    " 'portal', 'You owe nothing')"
                ),
                {"ticket": ticket_id, "person": client.user_id},
            )


async def test_what_was_written_is_never_changed(as_web: str) -> None:
    client = customer(await make_client())
    await ask(client)

    with pytest.raises(ProgrammingError, match="permission denied"):
        async with begin(client) as uow:
            await uow.session.execute(text("UPDATE ticket_messages SET body = 'Otherwise'"))


async def test_a_closed_question_opens_again_when_its_client_writes(
    as_web: str, keys: Keys
) -> None:
    client, support = customer(await make_client()), await member(Role.SUPPORT)
    ticket_id = await ask(client)
    async with begin(support) as uow:
        await tickets.close(uow, ticket_id)
    with pytest.raises(Refused):
        async with begin(support) as uow:
            await tickets.answer(uow, ticket_id, body="Too late")

    async with begin(client) as uow:
        await tickets.follow_up(uow, ticket_id, body="It happened again")

    assert (await queries.conversation(support, ticket_id)).ticket.state == "open"


async def test_the_desk_takes_leaves_closes_and_reopens(as_web: str, keys: Keys) -> None:
    client, support = customer(await make_client()), await member(Role.SUPPORT)
    ticket_id = await ask(client)
    seen = []
    for act in (tickets.take, tickets.take, tickets.close, tickets.reopen):
        async with begin(support) as uow:
            await act(uow, ticket_id)
        one = (await queries.conversation(support, ticket_id)).ticket
        seen.append((one.state, bool(one.assignee)))

    assert seen == [("open", True), ("open", False), ("closed", False), ("open", False)]


async def test_the_list_is_searched_filtered_and_counted(as_web: str, keys: Keys) -> None:
    client, support = customer(await make_client()), await member(Role.SUPPORT)
    before = await queries.count_waiting(support)
    ticket_id = await ask(client, subject="Unheard of")

    found = await queries.page(
        support,
        PageRequest(search="unheard", filters={"client_id": str(client.user_id), "state": "open"}),
    )

    assert [one.id for one in found.items] == [ticket_id]
    assert await queries.count_waiting(support) == before + 1
    for taken, count in (("yes", 0), ("no", 1)):
        request = PageRequest(filters={"client_id": str(client.user_id), "taken": taken})
        assert (await queries.page(support, request)).total == count


async def test_nobody_floods_the_desk(as_web: str) -> None:
    client = customer(await make_client())
    first = await ask(client)
    for _ in range(LIVE_MAX - 1):
        await ask(client)
    with pytest.raises(Refused, match="without an end"):
        await ask(client)
    for _ in range(MESSAGES_MAX - LIVE_MAX):
        async with begin(client) as uow:
            await tickets.follow_up(uow, first, body="And?")

    with pytest.raises(Refused, match="within an hour"):
        async with begin(client) as uow:
            await tickets.follow_up(uow, first, body="And?")


async def test_a_secret_reaches_neither_the_ticket_nor_the_record(as_web: str, keys: Keys) -> None:
    client = customer(await make_client())

    with pytest.raises(Invalid):
        await ask(client, body="my password: correct-horse-battery")
    ticket_id = await ask(client, body="Please look at my key")

    told = [
        event.payload for event in await event_queries.timeline(await member(Role.ADMIN), ticket_id)
    ]
    assert "Please look" not in str(told)
    assert len(await queries.own(client)) == 1
