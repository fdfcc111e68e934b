"""Open customers' keys, and ask exchanges what they may do."""

import logging
from datetime import datetime, timedelta

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession, Credentials
from daemon.vault import SealedCredential as Sealed
from patriot_app.core.domain.credentials import CredentialStatus
from patriot_app.core.domain.egress import parse_addresses, public_of
from patriot_app.core.domain.key_admission import judge
from patriot_app.core.domain.key_facts import KeyFinding, KeyPermissions, KeyPolicy
from patriot_app.core.domain.key_identity import identity_findings, refusal_of
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import ExchangeRejected, PatriotError
from patriot_app.core.queries import key_work
from patriot_app.core.queries.sealed_keys import SealedCredential
from patriot_app.core.services import account_states, key_checks
from patriot_app.core.settings import Settings
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)


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


async def tell_unopened(
    context: Context, credential: SealedCredential, error: PatriotError
) -> None:
    """Stop an account whose stored key does not open, and wake somebody: others go on."""
    context.sessions.pop(credential.account_id, None)
    log.error("key_did_not_open", extra={"account_id": str(credential.account_id)})
    async with begin(SYSTEM, clock=context.clock) as uow:
        # The key's row first, as everybody locks them: two looks at one key never wait for each other.
        await key_checks.tell_unopened(uow, credential.credential_id, reason=str(error))
        await account_states.mark_not_ready(uow, credential.account_id, reason=str(error))


async def ask(
    context: Context, session: AccountSession, credential: SealedCredential
) -> tuple[KeyPermissions | None, tuple[KeyFinding, ...]]:
    """Ask the exchange about a key and judge what it says; None where it does not let the key in.

    A key in use is judged as such: what is wrong with it must not take the exits away.

    Raises:
        ExchangeUnavailable: the exchange cannot be asked now; nothing was decided.
    """
    is_recheck = CredentialStatus(credential.status) in {
        CredentialStatus.VERIFIED,
        CredentialStatus.QUARANTINED,
    }
    try:
        permissions = await context.gateway.fetch_permissions(session)
    except ExchangeRejected as error:
        found = refusal_of(session.exchange, error.code or "", is_recheck=is_recheck)
        return None, (found,)
    findings = judge(
        permissions,
        policy_of(context.settings, credential, now=context.clock.now()),
        is_recheck=is_recheck,
    )
    former_uid, is_taken = await key_work.identity(
        credential.account_id, exchange_uid=permissions.exchange_uid
    )
    return permissions, findings + identity_findings(
        uid=permissions.exchange_uid,
        former_uid=former_uid,
        is_taken=is_taken,
        is_recheck=is_recheck,
    )


def policy_of(settings: Settings, credential: SealedCredential, *, now: datetime) -> KeyPolicy:
    """Return what the desk asks of a key, and the address that its exchange will see."""
    days = settings.key_renewal_days
    local = credential.source_address
    # Exchanges know the address that a gateway shows them, and a key is bound to that one.
    seen = public_of(parse_addresses(settings.egress_addresses), local) if local else ""
    return KeyPolicy(
        exchange=credential.exchange,
        mode=credential.mode,
        require_bound_ip=settings.require_bound_ip,
        egress=(seen,) if seen else (),
        now=now,
        connected_at=credential.created_at,
        renew_after=timedelta(days=days) if days else None,
    )
