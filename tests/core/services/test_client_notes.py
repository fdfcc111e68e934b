"""Notes of the desk: added, read by the desk alone, and never changed."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from patriot_app.core.errors import Invalid, NotFound
from patriot_app.core.queries import client_notes as queries
from patriot_app.core.queries import events as event_queries
from patriot_app.core.services import client_notes
from patriot_app.core.unit_of_work import begin
from tests.factories.rows import OPERATOR, customer, make_client


async def test_the_desk_reads_its_notes_newest_first_and_the_client_does_not(as_web: str) -> None:
    client_id = await make_client()
    for words in ("Called about the fee", "Will move on in May"):
        async with begin(OPERATOR) as uow:
            await client_notes.add(uow, client_id, text=f" {words} ")
    found = await queries.of_client(OPERATOR, client_id)
    assert [note.text for note in found] == ["Will move on in May", "Called about the fee"]
    assert {note.author for note in found} == {"Operator"}
    with pytest.raises(NotFound):
        await queries.of_client(customer(client_id), client_id)
    async with begin(customer(client_id)) as uow:
        with pytest.raises(NotFound):
            await client_notes.add(uow, client_id, text="About myself")
    told = [event.payload for event in await event_queries.timeline(OPERATOR, client_id)]
    assert "Called about the fee" not in str(told)


async def test_a_note_is_neither_empty_nor_changed(as_web: str) -> None:
    client_id = await make_client()
    async with begin(OPERATOR) as uow:
        with pytest.raises(Invalid, match="text"):
            await client_notes.add(uow, client_id, text="  ")
    async with begin(OPERATOR) as uow:
        await client_notes.add(uow, client_id, text="As it was")
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with begin(OPERATOR) as uow:
            await uow.session.execute(text("UPDATE client_notes SET text = 'Otherwise'"))
