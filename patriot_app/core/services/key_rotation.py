"""Seal stored API keys anew for another key of the daemon, a few at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.events import TradingKeyRetired, TradingKeyRotated
from patriot_app.core.errors import Refused
from patriot_app.core.sealing import SealedBox
from patriot_app.core.unit_of_work import UnitOfWork

BATCH = 200

# The daemon may lock a row because it may update its status.
_NEXT = text(
    """
    SELECT c.id, c.account_id, a.exchange, c.key_id, c.api_key_data_key, c.api_key_nonce,
           c.api_key_ciphertext, c.api_secret_data_key, c.api_secret_nonce, c.api_secret_ciphertext
      FROM credentials AS c JOIN accounts AS a ON a.id = c.account_id
     WHERE c.key_id <> :key_id AND c.api_key_ciphertext IS NOT NULL AND c.id > :after
     ORDER BY c.id LIMIT :batch FOR UPDATE OF c
    """
)
_REWRAP = text("SELECT rewrap_credential(:id, :key_id, :key_box, :secret_box)")
_LEFT = text(
    "SELECT count(*) FROM credentials WHERE key_id = :key_id AND api_key_ciphertext IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """Both boxes of a stored key, and what they are bound to."""

    credential_id: UUID
    account_id: UUID
    exchange: str
    api_key: SealedBox
    api_secret: SealedBox


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did; the next one goes on after `last`, None: there is nothing more."""

    rewrapped: int
    last: UUID | None


Reseal = Callable[[Sealed], tuple[SealedBox, SealedBox] | None]


async def rewrap(uow: UnitOfWork, key_id: str, reseal: Reseal, *, after: UUID) -> Step:
    """Seal the next stored keys for the daemon's key of that name.

    Args:
        reseal: returns both boxes for the new key; None leaves a stored key as it is.
    """
    bound = {"key_id": key_id, "after": after, "batch": BATCH}
    rows = (await uow.session.execute(_NEXT, bound)).all()
    rewrapped = 0
    for row in rows:
        boxes = reseal(
            Sealed(
                credential_id=row.id,
                account_id=row.account_id,
                exchange=row.exchange,
                api_key=_box(row.key_id, *row[4:7]),
                api_secret=_box(row.key_id, *row[7:10]),
            )
        )
        if boxes is None:
            continue
        rewrapped += 1
        api_key, api_secret = boxes
        assert {api_key.key_id, api_secret.key_id} == {key_id}
        await uow.session.execute(
            _REWRAP,
            {
                "id": row.id,
                "key_id": key_id,
                "key_box": api_key.data_key,
                "secret_box": api_secret.data_key,
            },
        )
    return Step(rewrapped, rows[-1].id if len(rows) == BATCH else None)


async def finish(uow: UnitOfWork, key_id: str, *, rewrapped: int, left: int) -> None:
    """Record a rotation that went through all stored keys."""
    uow.record(TradingKeyRotated(key_id=key_id, rewrapped=rewrapped, left=left))


async def retire(uow: UnitOfWork, key_id: str) -> None:
    """Record that a former key is not needed any more.

    Raises:
        Refused: stored keys are still sealed for it.
    """
    left = (await uow.session.execute(_LEFT, {"key_id": key_id})).scalar_one()
    if left:
        raise Refused(f"{left} stored keys are still sealed for {key_id}: run the rotation again")
    uow.record(TradingKeyRetired(key_id=key_id))


def _box(key_id: str, data_key: bytes, nonce: bytes, ciphertext: bytes) -> SealedBox:
    return SealedBox(key_id, bytes(data_key), bytes(nonce), bytes(ciphertext))
