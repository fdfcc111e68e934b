"""Gather what planning must know of the accounts of a fan-out: one statement for a whole chunk.

The accounts' rows are locked first and read after, so that two plans at the same moment cannot both
spend the same room under a limit.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db import pipeline
from patriot_app.core.db.arrays import in_list
from patriot_app.core.db.locks import lock
from patriot_app.core.db.maintenance_windows import ALL_LIVE, windows_of
from patriot_app.core.db.replacement_rows import LIVE_INTENTS, REPLACING
from patriot_app.core.db.risk_rows import LIMITS_IN_FORCE, halts_of, limits_of
from patriot_app.core.domain.account_rules import AccountRules
from patriot_app.core.domain.accounts import AccountMode, AccountStatus, Exchange
from patriot_app.core.domain.orders import IN_FLIGHT, WORKING, AttemptState
from patriot_app.core.domain.risk import Exposure
from patriot_app.core.domain.risk_limits import LimitName
from patriot_app.core.domain.sending import GatheredTarget, RecordedSignal
from patriot_app.core.domain.targets import AccountTarget
from patriot_app.core.unit_of_work import UnitOfWork

_LIVE_ATTEMPTS = in_list({AttemptState.CREATED} | IN_FLIGHT | WORKING)

_LOCK = text(
    "SELECT 1 FROM account_states WHERE account_id = ANY(:accounts) ORDER BY account_id FOR UPDATE"
)
# Joined as the planner would, the few live orders would be added up anew for every account:
# LATERAL with OFFSET 0 looks each account up by its key, and exposure is read beside it.
_GATHER = text(
    """
    SELECT account.id, account.client_id, account.shard, account.exchange, account.mode,
           account.status, allocation.share,
           coalesce(state.parked_reason, '') <> '' AS is_parked,
           coalesce(state.is_ready, false) AS is_ready,
           EXISTS (SELECT 1 FROM credentials AS credential
                    WHERE credential.account_id = account.id AND credential.status = 'verified'
                   OFFSET 0) AS is_verified,
           state.equity, state.available_balance, state.observed_at, state.maintenance_margin,
           state.day_opening_equity, state.peak_equity,
           CASE WHEN position.observed_at > position.updated_at
                THEN coalesce(position.exchange_quantity, position.quantity)
                ELSE coalesce(position.quantity, 0) END AS quantity,
           position.leverage
      FROM allocations AS allocation
      JOIN LATERAL (SELECT * FROM accounts WHERE id = allocation.account_id OFFSET 0)
        AS account ON true
      LEFT JOIN LATERAL (SELECT * FROM account_states WHERE account_id = account.id OFFSET 0)
        AS state ON true
      LEFT JOIN LATERAL (SELECT * FROM positions
                          WHERE account_id = account.id AND symbol = :symbol
                            AND position_side = 'BOTH' OFFSET 0) AS position ON true
     WHERE allocation.deployment_id = :deployment_id AND allocation.symbol = :symbol
       AND allocation.released_at IS NULL AND allocation.account_id = ANY(:accounts)
       -- Read once: asked for each account, it would walk all signals that the account ever had.
       AND allocation.account_id <> ALL (ARRAY(
           SELECT decided.account_id FROM fan_out_accounts AS decided
            WHERE decided.signal_id = :signal_id AND decided.account_id = ANY(:accounts)))
     ORDER BY account.id
    """
)
_EXPOSED = text(
    f"""
    SELECT account_id, sum(notional) AS gross, bool_or(is_busy) AS is_busy,
           count(DISTINCT symbol) FILTER (WHERE symbol <> :symbol AND notional > 0) AS others,
           coalesce(sum(notional) FILTER (WHERE is_reserved), 0) AS reserved
      FROM (SELECT account_id, symbol, reserved_notional AS notional, true AS is_reserved,
                   symbol = :symbol AND leg IN ('entry', 'exit') AS is_busy
              FROM intents
             WHERE shard = ANY(:shards) AND state IN ({LIVE_INTENTS})
               AND account_id = ANY(:accounts)
            UNION ALL
            SELECT attempt.account_id, intent.symbol, 0, false, attempt.state = 'quarantined'
                   OR (intent.symbol = :symbol AND intent.leg IN ('entry', 'exit'))
              FROM attempts AS attempt
              JOIN LATERAL (SELECT symbol, leg FROM intents WHERE id = attempt.intent_id OFFSET 0)
                AS intent ON true
             WHERE attempt.shard = ANY(:shards) AND attempt.state IN ({_LIVE_ATTEMPTS})
               AND attempt.account_id = ANY(:accounts)
            UNION ALL
            SELECT account_id, symbol, notional, true, symbol = :symbol
              FROM ({REPLACING}) AS replaced WHERE account_id = ANY(:accounts)
            UNION ALL
            SELECT position.account_id, position.symbol,
                   abs(position.quantity) * coalesce(position.mark_price, position.entry_price)
                   * coalesce(instrument.contract_size, 1), false, false
              FROM positions AS position
              JOIN LATERAL (SELECT exchange FROM accounts WHERE id = position.account_id OFFSET 0)
                AS account ON true
              LEFT JOIN LATERAL (SELECT contract_size FROM instruments
                                  WHERE exchange = account.exchange
                                    AND symbol = position.symbol OFFSET 0) AS instrument ON true
             WHERE position.account_id = ANY(:accounts) AND position.quantity <> 0) AS carried
     GROUP BY account_id
    """  # noqa: S608
)
_HALTS = text("SELECT scope, scope_id, state, reason FROM halts WHERE lifted_at IS NULL")
_DESK = text(
    f"""
    SELECT (SELECT coalesce(sum(abs(position.quantity)
                       * coalesce(position.mark_price, position.entry_price)
                       * coalesce(instrument.contract_size, 1)), 0)
              FROM positions AS position
              JOIN accounts AS account ON account.id = position.account_id
              LEFT JOIN instruments AS instrument
                ON instrument.exchange = account.exchange AND instrument.symbol = position.symbol
             WHERE position.quantity <> 0)
         + (SELECT coalesce(sum(reserved_notional), 0) FROM intents
             WHERE state IN ({LIVE_INTENTS}))
         + (SELECT coalesce(sum(notional), 0) FROM ({REPLACING}) AS replaced)
    """  # noqa: S608
)
# Asked for only where a limit counts orders.
_OPENED = text(
    "SELECT account_id, count(*) AS opened FROM intents WHERE account_id = ANY(:accounts)"
    " AND created_at > now() - interval '1 minute' AND leg = 'entry' AND slice <= 1"
    " GROUP BY account_id"
)
DEFAULT_LEVERAGE = 5


class _Carried(NamedTuple):
    """What an account carries; reserved is what orders under way may add to it."""

    gross: Decimal = Decimal(0)
    is_busy: bool = False
    others: int = 0
    reserved: Decimal = Decimal(0)


_NOTHING = _Carried()


async def gather(
    uow: UnitOfWork,
    recorded: RecordedSignal,
    accounts: Sequence[UUID],
    *,
    shards: Sequence[int],
) -> tuple[list[GatheredTarget], Decimal | None]:
    """Lock the accounts; return those without a decision and the desk's gross notional.

    Args:
        shards: that the accounts are in.

    Returns:
        The targets in the order of the accounts given; USDT gross over the desk, or None while no limit of
        the desk asks for it.
    """
    chunk = {"symbol": recorded.signal.symbol, "accounts": list(accounts)}
    # One trip, six snapshots: what is read after the lock is what the lock protects.
    _, rows, carried, limit_rows, halt_rows, closed_rows = await pipeline.run(
        uow.session,
        (_LOCK, {"accounts": chunk["accounts"]}),
        (
            _GATHER,
            {
                **chunk,
                "signal_id": recorded.signal_id,
                "deployment_id": recorded.deployment_id,
            },
        ),
        (_EXPOSED, {**chunk, "shards": list(shards)}),
        (LIMITS_IN_FORCE, {"now": uow.now}),
        (_HALTS, {}),
        (ALL_LIVE, {}),
    )
    exposed = {row.account_id: _Carried(*row[1:]) for row in carried}
    limits = limits_of(limit_rows)
    names = {limit.name for limit in limits}
    opened: dict[UUID, int] | None = None
    if LimitName.ORDER_RATE in names:
        counted = await pipeline.rows(uow.session, _OPENED, {"accounts": chunk["accounts"]})
        opened = {row.account_id: row.opened for row in counted}
    rules = AccountRules(
        limits,
        halts_of(halt_rows),
        windows_of(closed_rows),
        strategy_id=recorded.strategy_id,
    )
    leverage = int(recorded.parameters.get("leverage", DEFAULT_LEVERAGE))
    found = {
        row.id: _target(
            row,
            exposed.get(row.id, _NOTHING),
            rules,
            orders_in_minute=None if opened is None else opened.get(row.id, 0),
            leverage=leverage,
            now=uow.now,
        )
        for row in rows
    }
    targets = [found[account] for account in accounts if account in found]
    desk: Decimal | None = None
    if LimitName.DESK_EXPOSURE in names:
        # Plans of other shards wait here, and read what this one has reserved when it is committed.
        await lock(uow.session, "desk_exposure", "")
        desk = (await uow.session.execute(_DESK)).scalar_one()
    return targets, desk


def _target(
    row: Any,
    carried: _Carried,
    rules: AccountRules,
    *,
    orders_in_minute: int | None,
    leverage: int,
    now: datetime,
) -> GatheredTarget:
    exchange = Exchange(row.exchange)
    equity = row.equity
    age_ms = int((now - row.observed_at).total_seconds() * 1000) if row.observed_at else 2**31
    return GatheredTarget(
        client_id=row.client_id,
        known_leverage=row.leverage,
        target=AccountTarget(
            account_id=row.id,
            shard=row.shard,
            exchange=exchange,
            mode=AccountMode(row.mode),
            status=AccountStatus(row.status),
            is_parked=row.is_parked,
            is_ready=row.is_ready,
            is_credential_verified=row.is_verified,
            has_order_in_flight=carried.is_busy,
            equity=equity,
            available_balance=row.available_balance,
            balance_age_ms=max(age_ms, 0),
            share=row.share,
            leverage=leverage,
            position_quantity=row.quantity,
            limits=rules.limits(account_id=row.id, client_id=row.client_id),
            exposure=Exposure(
                account_notional=carried.gross,
                day_loss_fraction=_loss(row.day_opening_equity, equity),
                drawdown_fraction=_loss(row.peak_equity, equity),
                other_positions=carried.others,
                orders_in_minute=orders_in_minute,
                reserved_notional=carried.reserved,
                maintenance_margin=row.maintenance_margin if carried.gross else Decimal(0),
            ),
            state=rules.state(exchange=exchange, account_id=row.id, client_id=row.client_id),
            closure=rules.closure(exchange, AccountMode(row.mode), now=now),
        ),
    )


def _loss(reference: Decimal | None, equity: Decimal | None) -> Decimal | None:
    """Return how far equity is below a reference, as a fraction; None if either is unknown."""
    if reference is None or equity is None or reference <= 0:
        return None
    return max((reference - equity) / reference, Decimal(0))
