"""What becomes of a key after each look at it: admitted, refused, put off, set aside, locked down."""

import logging
from dataclasses import dataclass
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from daemon.execution import account_sync, keys, recovery
from patriot_app.core.domain.credentials import BEING_VERIFIED, CredentialStatus
from patriot_app.core.domain.halts import HaltLevel, HaltScope, TradingState
from patriot_app.core.domain.key_admission import verdict
from patriot_app.core.domain.key_facts import Effect, KeyFinding, KeyPermissions
from patriot_app.core.domain.key_identity import refusal_of
from patriot_app.core.domain.lockdowns import (
    TITLES,
    Alarm,
    alarm_of_change,
    alarm_of_findings,
)
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import ExchangeError, ExchangeUnavailable, NotFound, Refused
from patriot_app.core.queries import key_work, sealed_keys
from patriot_app.core.queries.sealed_keys import SealedCredential
from patriot_app.core.services import account_states, halts, key_checks, lockdowns
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

KEY_LOST = "Its API key does not work any more"


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a key came to.

    Attributes:
        is_usable: the key may be used; False also where nothing was decided.
        is_postponed: the exchange did not answer.
    """

    is_usable: bool
    is_postponed: bool
    findings: tuple[KeyFinding, ...] = ()


async def look(context: Context, credential_id: UUID) -> Looked:
    """Verify a new key, or check one in use again.

    Raises:
        NotFound: the key is gone.
    """
    credential = await sealed_keys.credential(credential_id)
    if credential is None:
        raise NotFound(f"There is no key {credential_id} to check")
    try:
        session = keys.open_session(context, credential)
    except Refused as error:
        await keys.tell_unopened(context, credential, error)
        raise
    try:
        permissions, findings = await keys.ask(context, session, credential)
    except ExchangeUnavailable as error:
        async with begin(SYSTEM, clock=context.clock) as uow:
            await key_checks.postpone(uow, credential_id, error=str(error))
        return Looked(is_usable=False, is_postponed=True)
    if CredentialStatus(credential.status) in BEING_VERIFIED:
        return await _settle_new(context, credential, session, permissions, findings)
    return await _settle_used(context, credential, session, permissions, findings)


async def set_aside_denied(context: Context) -> None:
    """Quarantine the keys that their exchange keeps out: nobody knocks on a closed door for ever."""
    denials = context.gateway.denials
    for run in denials.at_least(context.settings.key_denials_max):
        account_id = run.session.account_id
        denials.forget(account_id)
        credential_id = await key_work.in_use(account_id)
        if credential_id is None or context.sessions.get(account_id) is not run.session:
            continue
        finding = refusal_of(run.session.exchange, run.code, is_recheck=True)
        async with begin(SYSTEM, clock=context.clock) as uow:
            await key_checks.quarantine(uow, credential_id, findings=(finding,))
            await account_states.mark_not_ready(
                uow, account_id, reason=f"{KEY_LOST}: {finding.says}"
            )
        await _close(context, account_id)


async def let_go(context: Context) -> None:
    """Stop using keys that were revoked: what is destroyed in the database is held no longer."""
    for account_id in await key_work.without_key(list(context.sessions)):
        await _close(context, account_id)
        async with begin(SYSTEM, clock=context.clock) as uow:
            await account_states.mark_not_ready(uow, account_id, reason="It has no key in use")


async def lock_down(context: Context, account_id: UUID, alarm: Alarm) -> None:
    """Let an account only close from now on: the halt binds at commit, with the record of why."""
    reason = f"Lockdown: {TITLES[alarm.rule]}. {alarm.facts}"
    try:
        async with begin(SYSTEM, clock=context.clock) as uow:
            if await lockdowns.lock_down(uow, account_id, alarm) is None:
                return
            await halts.raise_halt(
                uow,
                scope=HaltScope.ACCOUNT,
                scope_id=str(account_id),
                level=HaltLevel.CANCEL_ENTRIES,
                state=TradingState.REDUCING,
                reason=reason[:1000],
            )
    except Refused:
        # A halt that goes as far stands already; the lockdown is written without another.
        async with begin(SYSTEM, clock=context.clock) as uow:
            await lockdowns.lock_down(uow, account_id, alarm)
    log.warning("account_locked_down", extra={"account_id": str(account_id)})


async def _settle_new(
    context: Context,
    credential: SealedCredential,
    session: AccountSession,
    permissions: KeyPermissions | None,
    findings: tuple[KeyFinding, ...],
) -> Looked:
    credential_id = credential.credential_id
    if permissions is None or verdict(findings) is Effect.REFUSE:
        await context.gateway.forget(session.account_id)
        async with begin(SYSTEM, clock=context.clock) as uow:
            await key_checks.refuse(uow, credential_id, permissions=permissions, findings=findings)
        return Looked(is_usable=False, is_postponed=False, findings=findings)
    async with begin(SYSTEM, clock=context.clock) as uow:
        admitted = await key_checks.admit(uow, credential_id, permissions, findings)
    if admitted is None:
        return Looked(is_usable=False, is_postponed=False)
    await _take_in(context, session)
    if admitted.has_replaced:
        await _read_all(context, session)
    return Looked(is_usable=True, is_postponed=False, findings=findings)


async def _settle_used(
    context: Context,
    credential: SealedCredential,
    session: AccountSession,
    permissions: KeyPermissions | None,
    findings: tuple[KeyFinding, ...],
) -> Looked:
    credential_id, account_id = credential.credential_id, credential.account_id
    effect = verdict(findings)
    if permissions is None or effect is Effect.QUARANTINE:
        async with begin(SYSTEM, clock=context.clock) as uow:
            if permissions is None:
                is_out = await key_checks.deny(
                    uow, credential_id, findings[0], most=context.settings.key_denials_max
                )
            else:
                is_out = True
                await key_checks.quarantine(
                    uow, credential_id, findings=findings, permissions=permissions
                )
            if is_out:
                await account_states.mark_not_ready(
                    uow, account_id, reason=f"{KEY_LOST}: {findings[0].says}"
                )
        if is_out:
            await _close(context, account_id)
        return Looked(is_usable=False, is_postponed=False, findings=findings)
    before = await key_work.last_permissions(credential_id)
    alarm = alarm_of_findings(findings) or alarm_of_change(before, permissions)
    async with begin(SYSTEM, clock=context.clock) as uow:
        is_back = await key_checks.confirm(
            uow, credential_id, permissions, findings, locks=alarm is not None
        )
    if alarm is not None:
        await lock_down(context, account_id, alarm)
    used = context.sessions.get(account_id)
    # An account that was moved goes over once its exchange lets the key in from the new address.
    if is_back or used is None or used.source_address != session.source_address:
        await _take_in(context, session)
    return Looked(is_usable=True, is_postponed=False, findings=findings)


async def _take_in(context: Context, session: AccountSession) -> None:
    """Use a key from now on: a new signer, a new stream, and all read before anything is sent."""
    await context.gateway.forget(session.account_id)
    context.gateway.denials.forget(session.account_id)
    context.sessions[session.account_id] = session
    await recovery.recover_account(context, session.account_id)


async def _read_all(context: Context, session: AccountSession) -> None:
    """Read all that the exchange keeps of an account whose key was replaced."""
    try:
        await account_sync.run(
            context, session, run_id=context.ids(), kind=account_sync.FULL, requested_by=None
        )
    except ExchangeError:
        # The run says so on the account's page; the account's own round reads it again.
        log.warning("sync_after_key_failed", extra={"account_id": str(session.account_id)})


async def _close(context: Context, account_id: UUID) -> None:
    context.sessions.pop(account_id, None)
    context.gateway.denials.forget(account_id)
    await context.gateway.forget(account_id)
    log.warning("key_closed", extra={"account_id": str(account_id)})
