"""A mandate's equity right before and after each deposit and withdrawal of a period."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.db.fee_evidence import valuations
from patriot_app.core.domain.fee_evidence import AccountEvidence, Evidence, bridge_of
from patriot_app.core.domain.ledger import WALLET_ASSET
from patriot_app.core.domain.money import exact_sum
from patriot_app.core.domain.performance import SubPeriod

_WALLETS = text(
    """
    SELECT wanted.moment, coalesce(sum(
           (SELECT coalesce(sum(r.amount), 0) FROM ledger_rows AS r
             WHERE r.account_id = wanted.account_id AND r.asset = :asset
               AND r.occurred_at < wanted.moment) + coalesce(c.opening_wallet, 0)), 0) AS wallet
      FROM unnest(CAST(:account_id AS uuid[]), CAST(:moment AS timestamptz[]))
           AS wanted(account_id, moment)
      LEFT JOIN ledger_cursors AS c ON c.account_id = wanted.account_id
     GROUP BY wanted.moment
    """
)


async def between_flows(session: AsyncSession, evidence: Evidence) -> list[SubPeriod] | None:
    """Return the stretches between flows, oldest first; None where nobody valued one's end.

    Money on its way between two accounts of the mandate counts as there.
    """
    inside = [one for one in evidence.accounts if one.is_inside]
    moved: dict[datetime, list[Decimal]] = defaultdict(list)
    for flow in evidence.flows.external:
        if flow.occurred_at in evidence.period:
            moved[flow.occurred_at].append(flow.amount)
    before = await _equities(session, inside, sorted(moved)) if moved else {}
    if before is None:
        return None
    bridges = [bridge_of(one) for one in inside]
    period = evidence.period
    opening = exact_sum(
        [*(one.opening_equity for one in bridges), _on_the_way(evidence, period.start)]
    )
    closing = exact_sum(
        [*(one.closing_equity for one in bridges), _on_the_way(evidence, period.end)]
    )
    found, start = [], opening
    for moment in sorted(moved):
        end = exact_sum((before[moment], _on_the_way(evidence, moment)))
        # Nothing before the first money is no stretch.
        if start or end:
            found.append(SubPeriod(start, end))
        start = exact_sum((end, *moved[moment]))
    if start or closing:
        found.append(SubPeriod(start, closing))
    return found


async def _equities(
    session: AsyncSession, inside: list[AccountEvidence], moments: list[datetime]
) -> Mapping[datetime, Decimal] | None:
    pairs = [
        (one.account_id, moment)
        for moment in moments
        for one in inside
        if one.opens_at <= moment < one.cut_off
    ]
    valued = await valuations(session, pairs)
    if any(one is None for one in valued):
        return None
    bound = {
        "account_id": [account_id for account_id, _ in pairs],
        "moment": [moment for _, moment in pairs],
        "asset": WALLET_ASSET,
    }
    found = {row.moment: row.wallet for row in await session.execute(_WALLETS, bound)}
    for (_, moment), value in zip(pairs, valued, strict=True):
        assert value is not None
        found[moment] = exact_sum((found[moment], value.unrealised_pnl))
    return found


def _on_the_way(evidence: Evidence, moment: datetime) -> Decimal:
    """Return what had left one account and not arrived yet; negative: arrived before it left."""
    gone, there = (
        exact_sum(
            one.arrived.amount
            for one in evidence.flows.internal
            if (one.left if leg == "left" else one.arrived).occurred_at < moment
        )
        for leg in ("left", "arrived")
    )
    return exact_sum((gone, -there))
