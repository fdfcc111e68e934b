"""Open customers' keys, and ask exchanges what they may do."""

import logging
from datetime import timedelta
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession, Credentials
from daemon.vault import SealedCredential as Sealed
from patriot_app.core.domain.credentials import KeyPermissions, admission
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import ExchangeRejected, NotFound
from patriot_app.core.queries import sealed_keys
from patriot_app.core.queries.sealed_keys import SealedCredential
from patriot_app.core.services import account_states, key_checks
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

UNKNOWN_REFUSAL = (
    "The exchange does not know this key or refused its signature. Check that key and secret "
    "belong together and to this exchange, and that our addresses are allowed."
)


def open_session(context: Context, credential: SealedCredential) -> AccountSession:
    """Open a key and return the account, ready to sign.

    Raises:
        Refused: the boxes do not open here.
    """
    opened = context.vault.open(
        Sealed(
            exchange=credential.exchange.value,
            account_id=str(credential.account_id),
            record_id=str(credential.credential_id),
            api_key=credential.api_key,
            api_secret=credential.api_secret,
        )
    )
    return AccountSession(
        account_id=credential.account_id,
        exchange=credential.exchange,
        mode=credential.mode,
        credentials=Credentials(api_key=opened.api_key, api_secret=opened.api_secret),
        source_address=credential.source_address or None,
    )


async def verify(context: Context, credential_id: UUID) -> tuple[str, ...]:
    """Admit or refuse a submitted key; return the refusals, empty if it was admitted.

    Raises:
        NotFound: the key is gone.
        ExchangeUnavailable: the exchange cannot be asked now; nothing was decided.
    """
    credential = await sealed_keys.credential(credential_id)
    if credential is None:
        raise NotFound(f"There is no key {credential_id} to verify")
    session = open_session(context, credential)
    permissions, refusals = await _ask(context, session)
    if permissions is not None and not refusals:
        refusals = await _identity_refusals(credential, permissions)
    if permissions is None or refusals:
        await context.gateway.forget(session.account_id)
        async with begin(SYSTEM) as uow:
            await key_checks.refuse(uow, credential_id, permissions=permissions, reasons=refusals)
        return refusals
    async with begin(SYSTEM) as uow:
        account_id = await key_checks.admit(uow, credential_id, permissions)
    if account_id is not None:
        await context.gateway.forget(account_id)
        context.sessions[account_id] = session
    return ()


async def recheck(context: Context, credential_id: UUID) -> None:
    """Check a verified key again; one that lost or gained a forbidden right stops its account."""
    credential = await sealed_keys.credential(credential_id)
    if credential is None:
        return
    session = open_session(context, credential)
    permissions, refusals = await _ask(context, session)
    if permissions is not None and not refusals:
        async with begin(SYSTEM) as uow:
            await key_checks.confirm(uow, credential_id, permissions)
        return
    context.sessions.pop(credential.account_id, None)
    await context.gateway.forget(credential.account_id)
    async with begin(SYSTEM) as uow:
        await key_checks.refuse(uow, credential_id, permissions=permissions, reasons=refusals)
        await account_states.mark_not_ready(uow, credential.account_id, reason=refusals[0])
    log.warning("key_refused", extra={"account_id": str(credential.account_id)})


async def due(context: Context, *, older_than: timedelta) -> list[UUID]:
    """Return the keys of our shards that were not checked lately."""
    async with begin(SYSTEM) as uow:
        return await key_checks.due(uow, shards=context.lease.ready, older_than=older_than)


async def _ask(
    context: Context, session: AccountSession
) -> tuple[KeyPermissions | None, tuple[str, ...]]:
    try:
        permissions = await context.gateway.fetch_permissions(session)
    except ExchangeRejected as error:
        return None, (f"{UNKNOWN_REFUSAL} ({error.code or 'no code'})",)
    refusals = admission(
        permissions,
        mode=session.mode,
        require_bound_ip=context.settings.require_bound_ip,
        now=context.clock.now(),
    )
    return permissions, refusals


async def _identity_refusals(
    credential: SealedCredential, permissions: KeyPermissions
) -> tuple[str, ...]:
    async with begin(SYSTEM) as uow:
        other = await key_checks.owner_of_uid(
            uow, credential.account_id, exchange_uid=permissions.exchange_uid
        )
        before = await key_checks.uid_of(uow, credential.account_id)
    if other is not None:
        return (
            "This exchange account is connected already under another account here. "
            "One exchange account belongs to exactly one account.",
        )
    if before and before != permissions.exchange_uid:
        return (
            "This key belongs to another exchange account than the former key. "
            "Open a new account here for it.",
        )
    return ()
