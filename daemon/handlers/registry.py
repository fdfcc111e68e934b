"""Which handler carries out which command; every command has one."""

from collections.abc import Awaitable, Callable
from typing import Any

from daemon.context import Context
from daemon.handlers import (
    accounts,
    compliance,
    credentials,
    fees,
    instruments,
    orders,
    positions,
    reconciliation,
    retries,
    risk,
    strategies,
)
from patriot_app.core.domain import commands as c
from patriot_app.core.services.commands import ClaimedCommand

Result = dict[str, Any]
Handler = Callable[[ClaimedCommand, Any, Context], Awaitable[Result]]

HANDLERS: dict[type[c.Command], Handler] = {
    c.VerifyCredential: credentials.verify,
    c.ClosePosition: positions.close,
    c.MoveLevels: positions.move_levels,
    c.FlattenAccount: positions.flatten_account,
    c.CancelOrder: orders.cancel,
    c.AmendOrder: orders.amend,
    c.CancelEntries: risk.cancel_entries,
    c.PublishSignal: strategies.publish_signal,
    c.RetrySignal: retries.retry,
    c.RefreshInstruments: instruments.refresh,
    c.MakeComplianceReport: compliance.make,
    c.CloseMonths: fees.close_months,
    c.SyncAccount: accounts.sync,
    c.SettleDiscrepancy: reconciliation.settle,
    c.SettleOrder: reconciliation.settle_order,
    c.UnparkAccount: reconciliation.unpark,
}


async def handle(claimed: ClaimedCommand, command: c.Command, context: Context) -> Result:
    """Carry a command out and return what the operator should read of it."""
    return await HANDLERS[type(command)](claimed, command, context)
