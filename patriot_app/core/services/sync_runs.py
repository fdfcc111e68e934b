"""Readings of an account that somebody asked for: what was read, what differed, what changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from patriot_app.core.domain.events import AccountSynced
from patriot_app.core.unit_of_work import UnitOfWork

_START = text(
    """
    INSERT INTO sync_runs (id, account_id, kind, state, requested_by, started_at)
    VALUES (:id, :account_id, :kind, 'running', :requested_by, clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET state = 'running', started_at = excluded.started_at, error = ''
    """
)
_END = text(
    """
    UPDATE sync_runs SET state = :state, finished_at = clock_timestamp(),
           report = CAST(:report AS jsonb), error = :error
     WHERE id = :id
    """
)
_PICTURE = text(
    """
    SELECT (SELECT count(*) FROM fills WHERE account_id = :id) AS fills,
           (SELECT count(*) FROM ledger_rows WHERE account_id = :id) AS ledger_rows,
           (SELECT coalesce(jsonb_object_agg(symbol, trim_scale(quantity)::text), '{}')
              FROM positions WHERE account_id = :id AND quantity <> 0) AS positions,
           (SELECT coalesce(jsonb_object_agg(client_order_id, state), '{}') FROM attempts
             WHERE account_id = :id AND (state IN ('sending', 'unknown', 'quarantined', 'open',
                   'partially_filled') OR created_at > now() - interval '1 day')) AS orders,
           (SELECT trim_scale(wallet_balance)::text FROM account_states
             WHERE account_id = :id) AS wallet,
           (SELECT coalesce(jsonb_agg(kind || ' ' || subject ORDER BY kind, subject), '[]')
              FROM discrepancies WHERE account_id = :id AND status = 'open') AS differences
    """
)
CHANGES_MAX = 50


@dataclass(frozen=True, slots=True)
class Picture:
    """What our books say of an account at a moment."""

    fills: int
    ledger_rows: int
    positions: Mapping[str, str]
    orders: Mapping[str, str]
    wallet: str | None
    differences: tuple[str, ...]


async def start(
    uow: UnitOfWork, run_id: UUID, account_id: UUID, *, kind: str, requested_by: UUID | None
) -> None:
    """Note that a reading runs; the same run again begins anew."""
    await uow.session.execute(
        _START,
        {"id": run_id, "account_id": account_id, "kind": kind, "requested_by": requested_by},
    )
    uow.touch("accounts")


async def picture(uow: UnitOfWork, account_id: UUID) -> Picture:
    """Return what our books say now."""
    row = (await uow.session.execute(_PICTURE, {"id": account_id})).one()
    return Picture(
        fills=row.fills,
        ledger_rows=row.ledger_rows,
        positions=row.positions,
        orders=row.orders,
        wallet=row.wallet,
        differences=tuple(row.differences),
    )


def changes(before: Picture, after: Picture) -> list[str]:
    """Say in sentences what a reading changed in our books."""
    said = []
    if after.fills > before.fills:
        said.append(f"{after.fills - before.fills} trades were missing")
    if after.ledger_rows > before.ledger_rows:
        said.append(f"{after.ledger_rows - before.ledger_rows} ledger rows were new")
    for symbol in sorted({*before.positions, *after.positions}):
        was, now = before.positions.get(symbol, "0"), after.positions.get(symbol, "0")
        if was != now:
            said.append(f"{symbol}: position {was} became {now}")
    for order, state in sorted(after.orders.items()):
        if before.orders.get(order, state) != state:
            said.append(f"Order {order}: {before.orders[order]} became {state}")
    if before.wallet != after.wallet:
        said.append(f"Wallet {before.wallet or 'never read'} became {after.wallet}")
    return said[:CHANGES_MAX]


async def end(
    uow: UnitOfWork,
    run_id: UUID,
    account_id: UUID,
    *,
    kind: str,
    report: Mapping[str, Any],
    error: str = "",
) -> None:
    """Store how a reading ended."""
    state = "failed" if error else "succeeded"
    await uow.session.execute(
        _END,
        {
            "id": run_id,
            "state": state,
            "report": orjson.dumps(dict(report)).decode(),
            "error": error[:500],
        },
    )
    uow.record(
        AccountSynced(
            subject=account_id,
            account_id=account_id,
            kind=kind,
            state=state,
            differed=len(report.get("differed", [])),
            changed=len(report.get("changed", [])),
        )
    )
    uow.touch("accounts", "reconciliation")
