"""Try a signal again on the accounts that it failed on."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from daemon.context import Context
from daemon.execution.fresh_prices import wait_for_price
from daemon.handlers.strategies import VALID_FOR
from patriot_app.core.domain.commands import RetrySignal
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.sending import RecordedSignal
from patriot_app.core.domain.signals import Signal, validate_signal
from patriot_app.core.errors import Refused
from patriot_app.core.queries import running
from patriot_app.core.services import retries, signals
from patriot_app.core.services.commands import ClaimedCommand
from patriot_app.core.services.retries import Retried
from patriot_app.core.services.signals import Again
from patriot_app.core.unit_of_work import begin


async def retry(claimed: ClaimedCommand, command: RetrySignal, context: Context) -> dict[str, Any]:
    """Record the signal that tries again; a claim that returned finds what it recorded."""
    key = f"retry:{claimed.id}"
    async with begin(SYSTEM, clock=context.clock) as uow:
        known = await retries.find(uow, command.signal_id, key=key)
        original = await signals.load(uow, command.signal_id)
    if known is not None:
        return _said(known)
    now = context.clock.now()
    is_valid = now < original.valid_until
    if not is_valid and not command.at_present_price:
        raise Refused("The signal expired before it could be tried again")
    signal = replace(original.signal, key=key)
    if not is_valid:
        signal = await _at_present_price(context, original, signal)
    async with begin(SYSTEM, clock=context.clock) as uow:
        accounts = await retries.select(
            uow, command.signal_id, wanted=[UUID(one) for one in command.accounts]
        )
        signal_id = await signals.record(
            uow,
            deployment_id=original.deployment_id,
            version_id=original.version_id,
            signal=replace(signal, explanation=f"Tried again: {command.reason}"),
            valid_until=original.valid_until if is_valid else now + VALID_FOR,
            published_by=command.published_by,
            again=Again(command.signal_id, accounts),
        )
        assert signal_id is not None  # the key was looked for, and the command is ours alone
    return _said(Retried(signal_id, len(accounts)))


async def _at_present_price(context: Context, original: RecordedSignal, signal: Signal) -> Signal:
    """Return the signal as it would be decided now: its stop and target must still make sense."""
    deployment = await running.deployment(original.deployment_id)
    if deployment is None:
        raise Refused("The deployment has no accounts any more")
    price = await wait_for_price(
        context, deployment.reference_exchange, deployment.mode, signal.symbol
    )
    expires_at = signal.entry.expires_at
    if expires_at is not None and expires_at <= context.market_now():
        raise Refused("Its limit entry has expired; publish a new signal")
    present = replace(signal, reference_price=price.price, bar_closed_at=context.market_now())
    validate_signal(present)
    return present


def _said(retried: Retried) -> dict[str, Any]:
    return {"signal_id": str(retried.signal_id), "accounts": retried.accounts}
