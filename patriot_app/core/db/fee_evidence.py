"""What proves a fee period: rows, valuations and tie-outs of a mandate's accounts, read at once."""

from collections.abc import Mapping, Sequence
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
    SELECT j.mandate_id, j.account_id, a.label, a.exchange, a.mode,
           greatest(m.starts_at, j.joined_at) AS since,
           least(coalesce(j.left_at, wanted.ends_at), wanted.ends_at) AS cut_off,
           coalesce(c.opening_wallet, 0) AS opening_wallet, c.complete_until, c.gap_from,
           CASE WHEN c.tied_at IS NOT NULL THEN c.tie_out_difference END AS tie_out_difference
      FROM unnest(CAST(:mandate_id AS uuid[]), CAST(:ends_at AS timestamptz[]))
           AS wanted(mandate_id, ends_at)
      JOIN mandate_accounts AS j ON j.mandate_id = wanted.mandate_id
       AND j.joined_at < wanted.ends_at
      JOIN mandates AS m ON m.id = j.mandate_id
      JOIN accounts AS a ON a.id = j.account_id
      LEFT JOIN ledger_cursors AS c ON c.account_id = j.account_id
     ORDER BY a.label, a.id, j.joined_at
    """
)
# The scope: what an account brought while it was in the mandate; `opens_at` begins its share of the
# period. An account that left and came again has two places.
_SCOPE = """
    WITH scope AS (
        SELECT * FROM unnest(CAST(:account_id AS uuid[]), CAST(:since AS timestamptz[]),
                             CAST(:opens_at AS timestamptz[]), CAST(:cut_off AS timestamptz[]))
               WITH ORDINALITY AS scope(account_id, since, opens_at, cut_off, place))
"""
_SUMS = text(
    f"""{_SCOPE}
    SELECT scope.place, r.row_type, r.classification, r.amount >= 0 AS is_in,
           coalesce(sum(r.amount) FILTER (WHERE r.occurred_at >= scope.since), 0) AS in_mandate,
           coalesce(sum(r.amount) FILTER (WHERE r.occurred_at >= scope.opens_at), 0) AS in_period,
           coalesce(sum(r.amount) FILTER (WHERE r.occurred_at < scope.opens_at), 0) AS before,
           count(*) FILTER (WHERE r.occurred_at >= scope.since) AS rows_in_mandate
      FROM scope JOIN ledger_rows AS r
        ON r.account_id = scope.account_id AND r.occurred_at < scope.cut_off
     WHERE r.asset = :asset
     GROUP BY scope.place, r.row_type, r.classification, r.amount >= 0
    """  # noqa: S608
)
_DIGEST = """encode(sha256(convert_to(coalesce(string_agg(
               concat_ws('|', r.row_type, r.exchange_row_id, r.symbol, r.asset,
                         trim_scale(r.amount), extract(epoch FROM r.occurred_at)), E'\\n'
               ORDER BY r.occurred_at, r.row_type, r.exchange_row_id, r.symbol, r.asset), ''),
               'UTF8')), 'hex')"""
_COUNTS, _DIGESTS = (
    text(
        f"""{_SCOPE}
    SELECT scope.place, count(r.id) AS rows,
           count(r.id) FILTER (WHERE r.asset <> :asset) AS foreign_rows, {digest} AS digest
      FROM scope LEFT JOIN ledger_rows AS r
        ON r.account_id = scope.account_id AND r.occurred_at >= scope.opens_at
       AND r.occurred_at < scope.cut_off
     GROUP BY scope.place
    """  # noqa: S608
    )
    for digest in ("''", _DIGEST)
)
_TURNOVER = text(
    f"""{_SCOPE}
    SELECT scope.place, sum(f.price * f.quantity) AS turnover
      FROM scope JOIN fills AS f ON f.account_id = scope.account_id
       AND f.traded_at >= scope.opens_at AND f.traded_at < scope.cut_off
     GROUP BY scope.place
    """  # noqa: S608
)
# A snapshot stands for the end of its minute or hour; the finer one within reach is preferred. Where
# there is none, what was found out for the moment itself stands.
_VALUATIONS = text(
    """
    SELECT wanted.place, found.*
      FROM unnest(CAST(:account_id AS uuid[]), CAST(:moment AS timestamptz[]))
           WITH ORDINALITY AS wanted(account_id, moment, place)
     CROSS JOIN LATERAL (
           SELECT s.taken_at, s.resolution, s.unrealised_pnl, s.equity FROM equity_snapshots AS s
            WHERE s.account_id = wanted.account_id AND s.taken_at < wanted.moment
              AND ((s.resolution = 'minute' AND s.taken_at >= wanted.moment - CAST(:near AS interval))
                   OR (s.resolution = 'hour' AND s.taken_at >= wanted.moment - interval '1 hour'))
            ORDER BY s.resolution DESC, s.taken_at DESC LIMIT 1) AS found
    """
)
_FOUND_OUT = text(
    """
    SELECT wanted.place, v.moment, v.source, v.unrealised_pnl, v.evidence,
           v.unrealised_pnl + coalesce(c.opening_wallet, 0)
           + coalesce((SELECT sum(r.amount) FROM ledger_rows AS r WHERE r.asset = :asset
                  AND r.account_id = v.account_id AND r.occurred_at < v.moment), 0) AS equity
      FROM unnest(CAST(:account_id AS uuid[]), CAST(:moment AS timestamptz[]))
           WITH ORDINALITY AS wanted(account_id, moment, place)
      JOIN account_valuations AS v
        ON v.account_id = wanted.account_id AND v.moment = wanted.moment
      LEFT JOIN ledger_cursors AS c ON c.account_id = v.account_id
    """
)
_FLOWS = text(
    f"""{_SCOPE}
    SELECT scope.place, r.id, r.account_id, r.amount, r.occurred_at
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


async def gather(
    session: AsyncSession, mandate_id: UUID, period: Period, *, with_digests: bool = True
) -> Evidence:
    """Read all that proves a period of a mandate."""
    found = await gather_many(session, {mandate_id: period}, with_digests=with_digests)
    return found[mandate_id]


async def gather_many(
    session: AsyncSession, wanted: Mapping[UUID, Period], *, with_digests: bool = True
) -> dict[UUID, Evidence]:
    """Read all that proves a period of each of several mandates, in a few statements for all.

    Args:
        with_digests: False leaves out what only a statement shows.
    """
    rows = await session.execute(
        _ACCOUNTS,
        {"mandate_id": list(wanted), "ends_at": [period.end for period in wanted.values()]},
    )
    owners: list[UUID] = []
    accounts: list[AccountEvidence] = []
    of_mandate: dict[UUID, list[AccountEvidence]] = {mandate_id: [] for mandate_id in wanted}
    for row in rows:
        owners.append(row.mandate_id)
        accounts.append(_account(row, wanted[row.mandate_id]))
        of_mandate[row.mandate_id].append(accounts[-1])
    scope = scope_of(accounts)
    for row in await session.execute(_SUMS, scope):
        accounts[row.place - 1].sums.append(
            TypeSum(
                row.row_type,
                LedgerClass(row.classification),
                row.in_mandate,
                row.in_period,
                row.before,
                row.rows_in_mandate,
            )
        )
    for row in await session.execute(_DIGESTS if with_digests else _COUNTS, scope):
        one = accounts[row.place - 1]
        one.rows, one.foreign_rows, one.digest = row.rows, row.foreign_rows, row.digest
    for row in await session.execute(_TURNOVER, scope):
        accounts[row.place - 1].turnover = row.turnover
    opened = await valuations(session, [(one.account_id, one.opens_at) for one in accounts])
    closed = await valuations(session, [(one.account_id, one.cut_off) for one in accounts])
    for one, opening, closing in zip(accounts, opened, closed, strict=True):
        one.opening, one.closing = opening, closing
    flows: dict[UUID, list[Flow]] = {}
    for row in await session.execute(_FLOWS, scope | {"transit": TRANSIT_MAX}):
        flows.setdefault(owners[row.place - 1], []).append(Flow(*row[1:]))
    return {
        mandate_id: Evidence(period, tuple(of_mandate[mandate_id]), pair(flows.get(mandate_id, ())))
        for mandate_id, period in wanted.items()
    }


def _account(row: Any, period: Period) -> AccountEvidence:
    return AccountEvidence(
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
        gap_from=row.gap_from,
    )


async def withdrawals(session: AsyncSession, evidence: Evidence) -> tuple[Withdrawal, ...]:
    """Return what left the mandate in the period, each with profit and equity at that moment."""
    found = []
    scope = scope_of(evidence.accounts)
    for flow in evidence.flows.external:
        if flow.amount >= 0 or flow.occurred_at not in evidence.period:
            continue
        until = scope | {"until": flow.occurred_at}
        profit = (await session.execute(_PROFIT_UNTIL, until)).scalar_one()
        moments = [(one.account_id, flow.occurred_at) for one in evidence.accounts]
        valued = [one for one in await valuations(session, moments) if one is not None]
        open_profit = exact_sum(one.unrealised_pnl for one in valued)
        found.append(
            Withdrawal(
                amount=-flow.amount,
                occurred_at=flow.occurred_at,
                net_profit=exact_sum((profit, min(Decimal(0), open_profit))),
                equity_before=exact_sum(one.equity for one in valued),
                valued_at=min((one.taken_at for one in valued), default=None),
            )
        )
    return tuple(found)


async def valuations(
    session: AsyncSession, moments: Sequence[tuple[UUID, datetime]]
) -> list[Valuation | None]:
    """Return the snapshot that stands for each account's moment, where there is one in reach."""
    wanted = {
        "account_id": [account_id for account_id, _ in moments],
        "moment": [moment for _, moment in moments],
    }
    found: list[Valuation | None] = [None] * len(moments)
    for row in await session.execute(_VALUATIONS, {**wanted, "near": VALUED_WITHIN}):
        found[row.place - 1] = Valuation(
            row.taken_at, row.resolution, row.unrealised_pnl, row.equity
        )
    if None in found:
        for row in await session.execute(_FOUND_OUT, {**wanted, "asset": WALLET_ASSET}):
            found[row.place - 1] = found[row.place - 1] or Valuation(
                row.moment, row.source, row.unrealised_pnl, row.equity, row.evidence
            )
    return found


def scope_of(accounts: Sequence[AccountEvidence]) -> dict[str, Any]:
    """Return the parameters that name accounts and times to the statements above."""
    return {
        "account_id": [one.account_id for one in accounts],
        "since": [one.since for one in accounts],
        "opens_at": [one.opens_at for one in accounts],
        "cut_off": [one.cut_off for one in accounts],
        "asset": WALLET_ASSET,
    }
