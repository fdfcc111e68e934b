"""API keys: sealed here, opened by the daemon alone. The web process cannot read a box back."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.accounts import AccountMode, AccountStatus
from patriot_app.core.domain.commands import VerifyCredential
from patriot_app.core.domain.credentials import TRANSITIONS, CredentialStatus
from patriot_app.core.domain.events import CredentialRevoked, CredentialSubmitted
from patriot_app.core.domain.transitions import advance
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.accounts import Account
from patriot_app.core.sealing import fingerprint, seal
from patriot_app.core.settings import get_settings, read_key
from patriot_app.core.unit_of_work import UnitOfWork

KEY_LENGTH_MIN = 8
KEY_LENGTH_MAX = 200
CHECKS_MAX = 5_000
DUPLICATE = (
    "This key is connected already; one key serves one account. Create another key at the exchange "
    "for this account, or ask us if you did not connect it yourself"
)

_IS_KNOWN = text("SELECT is_known_key(:fingerprint)")
_INSERT = text(
    "INSERT INTO credentials (id, account_id, status, key_id, masked_key, fingerprint,"
    " api_key_data_key, api_key_nonce, api_key_ciphertext, api_secret_data_key, api_secret_nonce,"
    " api_secret_ciphertext, created_by, client_consent) VALUES (:id, :account_id, 'submitted',"
    " :key_id, :masked_key, :fingerprint, :key_data_key, :key_nonce, :key_ciphertext,"
    " :secret_data_key, :secret_nonce, :secret_ciphertext, :created_by, :consent)"
)
_WAITING = text(
    "SELECT id FROM credentials WHERE account_id = :account_id"
    " AND status IN ('submitted', 'waiting') FOR UPDATE OF credentials"
)
_CURRENT = text(
    "SELECT c.id, a.shard FROM credentials AS c JOIN accounts AS a ON a.id = c.account_id"
    " WHERE c.account_id = :account_id"
    " AND c.status IN ('submitted', 'waiting', 'verified', 'quarantined')"
    " ORDER BY c.created_at DESC LIMIT 1"
)
_GET = text("SELECT account_id, status, masked_key FROM credentials WHERE id = :id FOR UPDATE")
_SET_STATUS = text("UPDATE credentials SET status = :status WHERE id = :id")
_DESTROY = text("SELECT destroy_credential(:id)")


@dataclass(frozen=True, slots=True)
class Submitted:
    """A sealed key on its way to the daemon; `command_id` tells what becomes of it."""

    credential_id: UUID
    command_id: UUID
    masked_key: str


async def submit(
    uow: UnitOfWork, account_id: UUID, *, api_key: str, api_secret: str, consent: str = ""
) -> Submitted:
    """Seal a key pair for its account and ask the daemon to verify it.

    The key in use stays until the new one is verified.

    Args:
        consent: how the client agreed, where staff connect a live account for him.

    Raises:
        Invalid: not a key; Refused: connected already, disabled account, no consent.
    """
    key, secret = api_key.strip(), api_secret.strip()
    _check_fields(key, secret)
    account = await get_for_update(uow.session, Account, account_id)
    if account.status is AccountStatus.DISABLED:
        raise Refused(f"{account.label} is disabled; activate it first")
    is_own = account.client_id == uow.actor.user_id
    if not is_own and account.mode is AccountMode.LIVE and not consent.strip():
        raise Refused("A live account's key is connected by the client, or with consent on record")
    mark = fingerprint(_fingerprint_key(), f"{account.exchange}|{key}")
    if (await uow.session.execute(_IS_KNOWN, {"fingerprint": mark})).scalar_one():
        raise Refused(DUPLICATE)
    waiting = await uow.session.execute(_WAITING, {"account_id": account_id})
    for credential_id in list(waiting.scalars()):
        await _end(uow, credential_id, reason="Replaced before it was verified")
    submitted = await _insert(uow, account, key, secret, mark=mark, consent=consent.strip())
    uow.record(CredentialSubmitted(account_id=account_id, masked_key=submitted.masked_key))
    uow.touch("accounts")
    return submitted


async def verify_again(uow: UnitOfWork, account_id: UUID, *, idempotency_key: str) -> UUID:
    """Ask the daemon to check an account's key now; return the command.

    Raises:
        NotFound: the account has no key.
    """
    row = (await uow.session.execute(_CURRENT, {"account_id": account_id})).one_or_none()
    if row is None:
        raise NotFound("This account has no key to check")
    return await uow.issue(
        VerifyCredential(credential_id=row.id, reason="Asked for"),
        idempotency_key=idempotency_key,
        shard=row.shard,
    )


async def verify_many(
    uow: UnitOfWork, account_ids: Sequence[UUID], *, idempotency_key: str
) -> dict[UUID, UUID | None]:
    """Ask for a check of several accounts' keys; return each command, None where there is no key.

    Raises:
        Invalid: too many at once.
    """
    if len(account_ids) > CHECKS_MAX:
        raise Invalid({"": f"At most {CHECKS_MAX} keys at a time"})
    asked: dict[UUID, UUID | None] = {}
    for account_id in account_ids:
        try:
            asked[account_id] = await verify_again(
                uow, account_id, idempotency_key=f"{idempotency_key}:{account_id}"
            )
        except NotFound:
            asked[account_id] = None
    return asked


async def revoke(uow: UnitOfWork, credential_id: UUID, *, reason: str) -> None:
    """Stop using a key and destroy its boxes; nothing brings it back.

    Raises:
        Invalid: no reason; NotFound; IllegalTransition: it was rejected.
    """
    need_reason(reason)
    await _end(uow, credential_id, reason=reason)
    uow.touch("accounts")


def mask_key(api_key: str) -> str:
    """Return what may be shown of a key."""
    return f"{api_key[:4]}…{api_key[-4:]}"


async def _insert(
    uow: UnitOfWork, account: Account, key: str, secret: str, *, mark: bytes, consent: str
) -> Submitted:
    public = read_key(
        get_settings().trading_public_key_file, name="PATRIOT_TRADING_PUBLIC_KEY_FILE"
    )
    credential_id = new_id()
    where = f"{account.exchange}|{account.id}"
    key_box = seal(public, key, context=f"{where}|api_key|{credential_id}")
    secret_box = seal(public, secret, context=f"{where}|api_secret|{credential_id}")
    await uow.session.execute(
        _INSERT,
        {
            "id": credential_id,
            "account_id": account.id,
            "key_id": key_box.key_id,
            "masked_key": mask_key(key),
            "fingerprint": mark,
            "key_data_key": key_box.data_key,
            "key_nonce": key_box.nonce,
            "key_ciphertext": key_box.ciphertext,
            "secret_data_key": secret_box.data_key,
            "secret_nonce": secret_box.nonce,
            "secret_ciphertext": secret_box.ciphertext,
            "created_by": uow.actor.user_id,
            "consent": consent,
        },
    )
    command_id = await uow.issue(
        VerifyCredential(credential_id=credential_id),
        idempotency_key=f"verify:{credential_id}",
        shard=account.shard,
    )
    return Submitted(credential_id, command_id, mask_key(key))


async def _end(uow: UnitOfWork, credential_id: UUID, *, reason: str) -> None:
    row = (await uow.session.execute(_GET, {"id": credential_id})).one_or_none()
    if row is None:
        raise NotFound(f"Key {credential_id} does not exist")
    current = CredentialStatus(row.status)
    status = advance(TRANSITIONS, current, CredentialStatus.REVOKED)
    if status is current:
        return
    await uow.session.execute(_SET_STATUS, {"id": credential_id, "status": status.value})
    await uow.session.execute(_DESTROY, {"id": credential_id})
    uow.record(
        CredentialRevoked(
            account_id=row.account_id,
            subject=credential_id,
            masked_key=row.masked_key,
            reason=reason,
        )
    )


def _check_fields(key: str, secret: str) -> None:
    fields = {
        name: "This is not what an exchange gives out; copy it again"
        for name, value in (("api_key", key), ("api_secret", secret))
        if not KEY_LENGTH_MIN <= len(value) <= KEY_LENGTH_MAX
        or not value.isascii()
        or not value.isprintable()
        or " " in value
    }
    if fields:
        raise Invalid(fields)


def _fingerprint_key() -> bytes:
    """Return a key for fingerprints alone, derived from the web process's own."""
    key = read_key(get_settings().web_key_file, name="PATRIOT_WEB_KEY_FILE")
    return hmac.new(key, b"patriot|fingerprint", hashlib.sha256).digest()
