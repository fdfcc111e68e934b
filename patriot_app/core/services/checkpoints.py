"""Seal the event log."""

from collections.abc import Sequence

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from patriot_app.core.db.locks import lock
from patriot_app.core.domain.checkpoints import NO_ROOT, Checkpoint, Head, root_after
from patriot_app.core.schema.checkpoints import Checkpoint as CheckpointRow
from patriot_app.core.schema.checkpoints import SealedHead
from patriot_app.core.schema.events import StreamHead
from patriot_app.core.signatures import Signer
from patriot_app.core.unit_of_work import UnitOfWork

_SEALED = func.coalesce(SealedHead.sequence, 0)
_MOVED = (
    select(StreamHead.stream, StreamHead.sequence, StreamHead.hash, _SEALED)
    .outerjoin(SealedHead, SealedHead.stream == StreamHead.stream)
    .where(StreamHead.sequence > _SEALED)
)
_NEWEST = select(CheckpointRow).order_by(CheckpointRow.number.desc()).limit(1)


async def seal(uow: UnitOfWork, signer: Signer) -> Checkpoint | None:
    """Seal what the record has grown by; None if it has not.

    Daemons that seal at the same time wait for each other.
    """
    await lock(uow.session, "checkpoints", "seal")
    newest = (await uow.session.execute(_NEWEST)).scalar_one_or_none()
    rows = (await uow.session.execute(_MOVED)).all()
    if not rows:
        return None
    moved = [Head(stream, sequence, digest) for stream, sequence, digest, _ in rows]
    previous = NO_ROOT if newest is None else newest.root
    added = sum(sequence - sealed for _, sequence, _, sealed in rows)
    unsigned = Checkpoint(
        number=1 if newest is None else newest.number + 1,
        sealed_at=uow.now,
        events=added + (0 if newest is None else newest.events),
        previous=previous,
        root=root_after(previous, moved),
        key_id=signer.key_id,
    )
    sealed = unsigned.signed(signer.sign(unsigned.statement()))
    await _store(uow, sealed, moved)
    return sealed


async def _store(uow: UnitOfWork, sealed: Checkpoint, moved: Sequence[Head]) -> None:
    await uow.session.execute(
        insert(CheckpointRow).values(
            number=sealed.number,
            sealed_at=sealed.sealed_at,
            events=sealed.events,
            previous=sealed.previous,
            root=sealed.root,
            key_id=sealed.key_id,
            signature=sealed.signature,
            moved={head.stream: head.sequence for head in moved},
        )
    )
    statement = upsert(SealedHead)
    await uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["stream"], set_={"sequence": statement.excluded.sequence}
        ),
        [{"stream": head.stream, "sequence": head.sequence} for head in moved],
    )
