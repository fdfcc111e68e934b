"""What a signal would do to the price of each exchange: estimated once, the same for all its parts.

Traders that plan other shards, and one that plans again after a crash, find the first estimate and
cut by it.
"""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import text

from patriot_app.core.db import pipeline
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.events import ImpactEstimated
from patriot_app.core.domain.sending import RecordedSignal
from patriot_app.core.domain.slicing import ImpactEstimate, SlicingRules
from patriot_app.core.unit_of_work import UnitOfWork

Market = tuple[Exchange, AccountMode]
_KNOWN = text(
    "SELECT exchange, mode, quantity, impact_bps, slices, reason FROM impact_estimates"
    " WHERE signal_id = :signal_id"
)
# Whoever turns out not to be able to trade is counted too: that errs on the careful side.
_CAPITAL = text(
    """
    SELECT account.exchange, account.mode, sum(state.equity * allocation.share) AS capital
      FROM allocations AS allocation
      JOIN accounts AS account ON account.id = allocation.account_id
      JOIN account_states AS state ON state.account_id = account.id
     WHERE allocation.deployment_id = :deployment_id AND allocation.symbol = :symbol
       AND allocation.released_at IS NULL AND account.status = 'active' AND state.equity > 0
       AND (CAST(:only AS uuid[]) IS NULL OR account.id = ANY(CAST(:only AS uuid[])))
     GROUP BY account.exchange, account.mode ORDER BY account.exchange, account.mode
    """
)
_RECORD = text(
    """
    INSERT INTO impact_estimates (signal_id, exchange, mode, quantity, impact_bps, slices,
                                  impact_bps_max, reason)
    VALUES (:signal_id, :exchange, :mode, :quantity, :impact_bps, :slices, :impact_bps_max, :reason)
    ON CONFLICT DO NOTHING RETURNING signal_id
    """
)


async def of_signal(uow: UnitOfWork, recorded: RecordedSignal) -> dict[Market, ImpactEstimate]:
    """Return the estimates that were made for a signal."""
    rows = await pipeline.rows(uow.session, _KNOWN, {"signal_id": recorded.signal_id})
    return {
        (Exchange(row.exchange), AccountMode(row.mode)): ImpactEstimate(
            row.quantity, row.impact_bps, row.slices, row.reason
        )
        for row in rows
    }


async def capital(uow: UnitOfWork, recorded: RecordedSignal) -> dict[Market, Decimal]:
    """Return the equity that is allotted to a signal's instrument, USDT, by exchange and mode."""
    rows = await pipeline.rows(
        uow.session,
        _CAPITAL,
        {
            "deployment_id": recorded.deployment_id,
            "symbol": recorded.signal.symbol,
            "only": None if recorded.only is None else sorted(recorded.only),
        },
    )
    return {(Exchange(row.exchange), AccountMode(row.mode)): row.capital for row in rows}


async def record(
    uow: UnitOfWork,
    recorded: RecordedSignal,
    made: Mapping[Market, ImpactEstimate],
    *,
    rules: SlicingRules,
) -> dict[Market, ImpactEstimate]:
    """Keep estimates where there were none; return those that count."""
    for (exchange, mode), one in sorted(made.items()):
        written = await pipeline.rows(
            uow.session,
            _RECORD,
            {
                "signal_id": recorded.signal_id,
                "exchange": exchange.value,
                "mode": mode.value,
                "quantity": one.quantity,
                "impact_bps": one.impact_bps,
                "slices": one.slices,
                "impact_bps_max": rules.impact_bps_max,
                "reason": one.reason,
            },
        )
        if written:
            uow.record(
                ImpactEstimated(
                    subject=recorded.signal_id,
                    deployment_id=recorded.deployment_id,
                    exchange=exchange.value,
                    mode=mode.value,
                    quantity=one.quantity,
                    impact_bps=one.impact_bps,
                    slices=one.slices,
                    reason=one.reason,
                )
            )
    uow.touch("fan_outs")
    return await of_signal(uow, recorded)
