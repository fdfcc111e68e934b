"""Notes of the desk about a client: added, never changed; the client does not see them."""

from uuid import UUID

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.domain.events import ClientNoteAdded
from patriot_app.core.errors import Invalid, NotFound
from patriot_app.core.ids import new_id
from patriot_app.core.schema.client_notes import ClientNote
from patriot_app.core.schema.users import User
from patriot_app.core.unit_of_work import UnitOfWork

NOTE_LENGTH_MAX = 4_000


async def add(uow: UnitOfWork, client_id: UUID, *, text: str) -> UUID:
    """Add a note about a client.

    Raises:
        Invalid: nothing written, or too much; NotFound: no such client, or the actor is no staff.
    """
    written = text.strip()
    if not written or len(written) > NOTE_LENGTH_MAX:
        raise Invalid({"text": f"Please write 1 to {NOTE_LENGTH_MAX} characters"})
    if not uow.actor.is_staff:
        raise NotFound("There is no such page")
    await get_for_update(uow.session, User, client_id)
    note_id = new_id()
    uow.session.add(
        ClientNote(
            id=note_id,
            client_id=client_id,
            author_id=uow.actor.user_id,
            author=uow.actor.name,
            text=written,
        )
    )
    uow.record(ClientNoteAdded(client_id=client_id, note_id=note_id))
    uow.touch("clients")
    return note_id
