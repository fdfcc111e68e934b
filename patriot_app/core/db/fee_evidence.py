"""What proves a fee period: rows, valuations and tie-outs of a mandate's accounts, read at once."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.fee_evidence import AccountEvidence, Evidence, TypeSum, Valuation
from patriot_app.core.domain.ledger import WALLET_ASSET, LedgerClass
from patriot_app.core.domain.money import exact_sum
from patriot_app.core.domain.month_close import VALUED_WITHIN, Withdrawal
from patriot_app.core.domain.periods import Period
from patriot_app.core.domain.transfers import TRANSIT_MAX, Flow, pair

_ACCOUNTS = text(
    """
    SELECT j.account_id, a.label, a.exchange, a.mode,
           greatest(m.starts_at, j.joined_at) AS since,
           least(coalesce(j.left_at, CAST(:ends_at AS timestamptz)), :ends_at) AS cut_off,
           coalesce(c.opening_wallet, 0) AS opening_wallet, c.complete_until,
           CASE WHEN c.tied_at IS NOT NULL THEN c.tie_out_difference END AS tie_out_difference
      FROM mandate_accounts AS j JOIN mandates AS m ON m.id = j.mandate_id
      JOIN accounts AS a ON a.id = j.account_id
      LEFT JOIN ledger_cursors AS c ON c.account_id = j.account_id
     WHERE j.mandate_id = :mandate_id AND j.joined_at < :ends_at
     ORDER BY a.label, a.id
    """
)
# The scope: what an account brought while it was in the mandate; `opens_at` begins its share of the
# period.
_SCOPE = """
    WITH scope AS (
        SELECT * FROM unnest(CAST(:account_id AS uuid[]), CAST(:since AS timestamptz[]),
                             CAST(:opens_at AS timestamptz[]), CAST(:cut_off AS timestamptz[]))
            AS scope(account_id, since, opens_at, cut_off))
"""
_SUMS = text(
    f"""{_SCOPE}
    SELECT r.account_id, r.row_type, r.classification, r.amount >= 0 AS is_in,
           coalesce(sum(r.amount) FILTER (WHERE r.occurred_at >= scope.since), 0) AS in_mandate,
           coalesce(sum(r.amount) FILTER (WHERE r.occurred_at >= scope.opens_at), 0) AS in_period,
           coalesce(sum(r.amount) FILTER (WHERE r.occurred_at < scope.opens_at), 0) AS before,
           count(*) FILTER (WHERE r.occurred_at >= scope.since) AS rows_in_mandate
      FROM scope JOIN ledger_rows AS r
        ON r.account_id = scope.account_id AND r.occurred_at < scope.cut_off
     WHERE r.asset = :asset
     GROUP BY r.account_id, r.row_type, r.classification, r.amount >= 0
    """  # noqa: S608
)
_DIGESTS = text(
    f"""{_SCOPE}
    SELECT scope.account_id, count(r.id) AS rows,
           count(r.id) FILTER (WHERE r.asset <> :asset) AS foreign_rows,
           encode(sha256(convert_to(coalesce(string_agg(
               concat_ws('|', r.row_type, r.exchange_row_id, r.symbol, r.asset,
                         trim_scale(r.amount), extract(epoch FROM r.occurred_at)), E'\\n'
               ORDER BY r.occurred_at, r.row_type, r.exchange_row_id, r.symbol, r.asset), ''),
               'UTF8')), 'hex') AS digest
      FROM scope LEFT JOIN ledger_rows AS r
        ON r.account_id = scope.account_id AND r.occurred_at >= scope.opens_at
       AND r.occurred_at < scope.cut_off
     GROUP BY scope.account_id
    """  # noqa: S608
)
_TURNOVER = text(
    f"""{_SCOPE}
    SELECT f.account_id, sum(f.price * f.quantity) AS turnover
      FROM scope JOIN fills AS f ON f.account_id = scope.account_id
       AND f.traded_at >= scope.opens_at AND f.traded_at < scope.cut_off
     GROUP BY f.account_id
    """  # noqa: S608
)
# A snapshot stands for the end of its minute or hour; the finer one within reach is preferred.
_VALUATIONS = text(
    """
    SELECT wanted.account_id, wanted.moment, found.*
      FROM unnest(CAST(:account_id AS uuid[]), CAST(:moment AS timestamptz[]))
           AS wanted(account_id, moment)
     CROSS JOIN LATERAL (
           SELECT s.taken_at, s.resolution, s.unrealised_pnl, s.equity FROM equity_snapshots AS s
            WHERE s.account_id = wanted.account_id AND s.taken_at < wanted.moment
              AND ((s.resolution = 'minute' AND s.taken_at >= wanted.moment - CAST(:near AS interval))
                   OR (s.resolution = 'hour' AND s.taken_at >= wanted.moment - interval '1 hour'))
            ORDER BY s.resolution DESC, s.taken_at DESC LIMIT 1) AS found
    """
)
_FLOWS = text(
    f"""{_SCOPE}
    SELECT r.id, r.account_id, r.amount, r.occurred_at
      FROM scope JOIN ledger_rows AS r ON r.account_id = scope.account_id
     WHERE r.classification = 'external_flow' AND r.asset = :asset
       AND r.occurred_at >= scope.since
       AND r.occurred_at < scope.cut_off + CAST(:transit AS interval)
    """  # noqa: S608
)
_PROFIT_UNTIL = text(
    f"""{_SCOPE}
    SELECT coalesce(sum(r.amount), 0) FROM scope JOIN ledger_rows AS r
        ON r.account_id = scope.account_id AND r.occurred_at >= scope.since
       AND r.occurred_at < least(scope.cut_off, CAST(:until AS timestamptz))
     WHERE r.classification = 'performance' AND r.asset = :asset
    """  # noqa: S608
)


async def gather(session: AsyncSession, mandate_id: UUID, period: Period) -> Evidence:
    """Read all that proves a period of a mandate."""
    rows = await session.execute(_ACCOUNTS, {"mandate_id": mandate_id, "ends_at": period.end})
    accounts = [
        AccountEvidence(
            account_id=row.account_id,
            label=row.label,
            exchange=Exchange(row.exchange),
            mode=AccountMode(row.mode),
            since=row.since,
            cut_off=row.cut_off,
            opens_at=max(row.since, period.start),
            opening_wallet=row.opening_wallet,
            complete_until=row.complete_until,
            tie_out_difference=row.tie_out_difference,
        )
        for row in rows
    ]
    scope = scope_of(accounts)
    by_id = {one.account_id: one for one in accounts}
    for row in await session.execute(_SUMS, scope):
        by_id[row.account_id].sums.append(
            TypeSum(
                row.row_type,
                LedgerClass(row.classification),
                row.in_mandate,
                row.in_period,
                row.before,
                row.rows_in_mandate,
            )
        )
    for row in await session.execute(_DIGESTS, scope):
        one = by_id[row.account_id]
        one.rows, one.foreign_rows, one.digest = row.rows, row.foreign_rows, row.digest
    for row in await session.execute(_TURNOVER, scope):
        by_id[row.account_id].turnover = row.turnover
    opened = await valuations(session, [(one.account_id, one.opens_at) for one in accounts])
    closed = await valuations(session, [(one.account_id, one.cut_off) for one in accounts])
    for one in accounts:
        one.opening = opened.get(one.account_id)
        one.closing = closed.get(one.account_id)
    found = await session.execute(_FLOWS, scope | {"transit": TRANSIT_MAX})
    return Evidence(period, tuple(accounts), pair(Flow(*row) for row in found))


async def withdrawals(session: AsyncSession, evidence: Evidence) -> tuple[Withdrawal, ...]:
    """Return what left the mandate in the period, each with profit and equity at that moment."""
    found = []
    scope = scope_of(evidence.accounts)
    for flow in evidence.flows.external:
        if flow.amount >= 0 or flow.occurred_at not in evidence.period:
            continue
        until = scope | {"until": flow.occurred_at}
        profit = (await session.execute(_PROFIT_UNTIL, until)).scalar_one()
        valued = await valuations(
            session, [(one.account_id, flow.occurred_at) for one in evidence.accounts]
        )
        open_profit = exact_sum(one.unrealised_pnl for one in valued.values())
        found.append(
            Withdrawal(
                amount=-flow.amount,
                occurred_at=flow.occurred_at,
                net_profit=exact_sum((profit, min(Decimal(0), open_profit))),
                equity_before=exact_sum(one.equity for one in valued.values()),
                valued_at=min((one.taken_at for one in valued.values()), default=None),
            )
        )
    return tuple(found)


async def valuations(
    session: AsyncSession, moments: Sequence[tuple[UUID, datetime]]
) -> dict[UUID, Valuation]:
    """Return the snapshot that stands for each account's moment, where there is one in reach."""
    rows = await session.execute(
        _VALUATIONS,
        {
            "account_id": [account_id for account_id, _ in moments],
            "moment": [moment for _, moment in moments],
            "near": VALUED_WITHIN,
        },
    )
    return {
        row.account_id: Valuation(row.taken_at, row.resolution, row.unrealised_pnl, row.equity)
        for row in rows
    }


def scope_of(accounts: Sequence[AccountEvidence]) -> dict[str, Any]:
    """Return the parameters that name accounts and times to the statements above."""
    return {
        "account_id": [one.account_id for one in accounts],
        "since": [one.since for one in accounts],
        "opens_at": [one.opens_at for one in accounts],
        "cut_off": [one.cut_off for one in accounts],
        "asset": WALLET_ASSET,
    }
