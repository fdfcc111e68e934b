"""The people who are woken for incidents."""

from dataclasses import dataclass
from datetime import time
from email.utils import parseaddr
from uuid import UUID

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.events import ContactRemoved, ContactSet
from patriot_app.core.domain.incidents import CHANNELS, LEVELS_MAX, TOPIC
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.incidents import EmergencyContact
from patriot_app.core.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Entry:
    """What is set of a contact; hours are UTC, the same twice is the whole day."""

    name: str
    channel: str
    address: str
    level: int
    hours_from: time = time(0)
    hours_to: time = time(0)


async def set_contact(uow: UnitOfWork, entry: Entry, *, contact_id: UUID | None = None) -> UUID:
    """Add a contact or change one; return its id.

    Raises:
        Invalid: by field; NotFound; Refused: it was removed.
    """
    _check(entry)
    if contact_id is None:
        contact = EmergencyContact(id=new_id())
        uow.session.add(contact)
    else:
        contact = await get_for_update(uow.session, EmergencyContact, contact_id)
        if contact.removed_at is not None:
            raise Refused("This contact was removed")
    contact.name, contact.channel = entry.name.strip(), entry.channel
    contact.address, contact.level = entry.address.strip(), entry.level
    contact.hours_from, contact.hours_to = entry.hours_from, entry.hours_to
    await uow.session.flush()
    uow.record(
        ContactSet(
            subject=contact.id,
            name=contact.name,
            channel=contact.channel,
            level=contact.level,
            hours=f"{entry.hours_from:%H:%M}-{entry.hours_to:%H:%M}",
        )
    )
    uow.touch(TOPIC)
    return contact.id


async def remove_contact(uow: UnitOfWork, contact_id: UUID, *, reason: str) -> None:
    """Wake somebody no more; whom he was woken for stays in the record.

    Raises:
        NotFound; Refused: removed already; Invalid: no reason.
    """
    need_reason(reason)
    contact = await get_for_update(uow.session, EmergencyContact, contact_id)
    if contact.removed_at is not None:
        raise Refused("This contact was removed already")
    contact.removed_at = uow.now
    uow.record(ContactRemoved(subject=contact_id, name=contact.name, reason=reason))
    uow.touch(TOPIC)


def _check(entry: Entry) -> None:
    fields: dict[str, str] = {}
    if not entry.name.strip():
        fields["name"] = "Whom do we wake?"
    if entry.channel not in CHANNELS:
        fields["channel"] = f"One of {', '.join(CHANNELS)}"
    address = entry.address.strip()
    if "@" not in parseaddr(address)[1] or parseaddr(address)[1] != address:
        fields["address"] = "An e-mail address, such as duty@firm.example"
    if not 1 <= entry.level <= LEVELS_MAX:
        fields["level"] = f"From 1, woken first, to {LEVELS_MAX}"
    if fields:
        raise Invalid(fields)
