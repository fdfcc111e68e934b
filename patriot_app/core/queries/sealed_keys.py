"""Keys as the vault opens them; only the daemon's role can read what is sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries.reader import reading
from patriot_app.core.sealing import SealedBox


@dataclass(frozen=True, slots=True)
class SealedCredential:
    """One key as the vault opens it."""

    credential_id: UUID
    account_id: UUID
    client_id: UUID
    exchange: Exchange
    mode: AccountMode
    shard: int
    source_address: str
    status: str
    masked_key: str
    created_by: UUID | None
    created_at: datetime
    client_consent: str
    api_key: SealedBox
    api_secret: SealedBox


_CREDENTIAL = """
    SELECT c.id, c.account_id, a.client_id, a.exchange, a.mode, a.shard, a.source_address,
           c.status, c.masked_key, c.created_by, c.created_at, c.client_consent, c.key_id, c.api_key_data_key,
           c.api_key_nonce, c.api_key_ciphertext, c.api_secret_data_key, c.api_secret_nonce,
           c.api_secret_ciphertext
      FROM credentials AS c JOIN accounts AS a ON a.id = c.account_id
     WHERE c.api_key_ciphertext IS NOT NULL
"""

_BY_KEY = """
    SELECT key_id, count(*) AS stored FROM credentials
     WHERE api_key_ciphertext IS NOT NULL GROUP BY key_id ORDER BY key_id
"""


async def credentials_of_shards(shards: Sequence[int]) -> list[SealedCredential]:
    """Return the usable keys of the accounts in some shards; one in quarantine is not."""
    statement = text(
        _CREDENTIAL + " AND c.status = 'verified' AND a.shard = ANY(:shards)"
        " AND a.status <> 'disabled' ORDER BY a.id"
    )
    async with reading(SYSTEM) as session:
        rows = await session.execute(statement, {"shards": list(shards)})
        return [_credential(row) for row in rows]


async def credential(credential_id: UUID) -> SealedCredential | None:
    """Return one key while it can still be opened."""
    async with reading(SYSTEM) as session:
        rows = await session.execute(
            text(_CREDENTIAL + " AND c.id = :credential_id"), {"credential_id": credential_id}
        )
        row = rows.first()
        return None if row is None else _credential(row)


async def credential_of_account(account_id: UUID) -> SealedCredential | None:
    """Return the verified key of an account."""
    async with reading(SYSTEM) as session:
        rows = await session.execute(
            text(_CREDENTIAL + " AND c.status = 'verified' AND c.account_id = :account_id"),
            {"account_id": account_id},
        )
        row = rows.first()
        return None if row is None else _credential(row)


async def by_key() -> dict[str, int]:
    """Return how many stored keys are sealed for each key of the daemon."""
    async with reading(SYSTEM) as session:
        rows = await session.execute(text(_BY_KEY))
        return {row.key_id: row.stored for row in rows}


def _credential(row: Any) -> SealedCredential:
    return SealedCredential(
        credential_id=row.id,
        account_id=row.account_id,
        client_id=row.client_id,
        exchange=Exchange(row.exchange),
        mode=AccountMode(row.mode),
        shard=row.shard,
        source_address=row.source_address,
        status=row.status,
        masked_key=row.masked_key,
        created_by=row.created_by,
        created_at=row.created_at,
        client_consent=row.client_consent,
        api_key=SealedBox(
            key_id=row.key_id,
            data_key=bytes(row.api_key_data_key),
            nonce=bytes(row.api_key_nonce),
            ciphertext=bytes(row.api_key_ciphertext),
        ),
        api_secret=SealedBox(
            key_id=row.key_id,
            data_key=bytes(row.api_secret_data_key),
            nonce=bytes(row.api_secret_nonce),
            ciphertext=bytes(row.api_secret_ciphertext),
        ),
    )
