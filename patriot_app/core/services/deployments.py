"""Put a strategy version to work on accounts: create, start, pause, resume, stop, change.

The trader reads it with each signal. In one-way mode two deployments would fight over one position,
so an account's symbol belongs to at most one.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.assignable_accounts import check_assignable
from patriot_app.core.db.loading import get_for_update
from patriot_app.core.db.locks import lock
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.commands import ClosePosition
from patriot_app.core.domain.deployments import (
    TRANSITIONS,
    DeploymentStatus,
    Shares,
    validate_deployment,
)
from patriot_app.core.domain.events import (
    DeploymentAccountsChanged,
    DeploymentCreated,
    DeploymentStatusChanged,
    DeploymentVersionSwitched,
)
from patriot_app.core.domain.transitions import advance
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.strategies import Deployment, StrategyVersion
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork

_LISTED = text(
    "SELECT DISTINCT symbol FROM instruments WHERE exchange = :exchange AND symbol = ANY(:symbols)"
)
_HELD = text(
    "SELECT a.label, l.symbol, d.name FROM allocations AS l"
    " JOIN accounts AS a ON a.id = l.account_id JOIN deployments AS d ON d.id = l.deployment_id"
    " WHERE l.released_at IS NULL AND l.account_id = ANY(:ids) AND l.symbol = ANY(:symbols)"
    " ORDER BY a.label, l.symbol LIMIT 4"
)
_ALLOCATE = text(
    "INSERT INTO allocations (id, deployment_id, account_id, symbol, share, assigned_at)"
    " SELECT given.id, :deployment_id, given.account_id, given.symbol, given.share, :now"
    " FROM unnest(CAST(:row_ids AS uuid[]), CAST(:account_ids AS uuid[]),"
    " CAST(:symbols AS text[]), CAST(:shares AS numeric[]))"
    " AS given(id, account_id, symbol, share)"
)
_RELEASE = text(
    "UPDATE allocations SET released_at = :now WHERE deployment_id = :deployment_id"
    " AND released_at IS NULL AND (CAST(:ids AS uuid[]) IS NULL OR account_id = ANY(:ids))"
    " RETURNING account_id"
)
_OPEN = text(
    "SELECT p.account_id, p.symbol, a.shard FROM positions AS p"
    " JOIN accounts AS a ON a.id = p.account_id"
    " WHERE p.deployment_id = :deployment_id AND p.quantity <> 0"
)


async def create(
    uow: UnitOfWork,
    *,
    name: str,
    version_id: UUID,
    reference_exchange: Exchange,
    symbols: Sequence[str],
    shares: Shares,
) -> UUID:
    """Draft a deployment; it trades once it is started, and holds its accounts' symbols from now.

    Args:
        reference_exchange: whose candles decide.

    Raises:
        Invalid: by field; NotFound: no such version or account;
        Refused: an account's symbol belongs to another deployment.
    """
    chosen = tuple(dict.fromkeys(symbol.strip().upper() for symbol in symbols))
    validate_deployment(name, chosen, shares)
    version = await uow.session.get(StrategyVersion, version_id)
    if version is None:
        raise NotFound(f"There is no strategy version {version_id}")
    await _check_listed(uow, reference_exchange, chosen)
    deployment_id = new_id()
    uow.session.add(
        Deployment(
            id=deployment_id,
            name=name.strip(),
            strategy_id=version.strategy_id,
            version_id=version_id,
            reference_exchange=reference_exchange,
            symbols=list(chosen),
            status=DeploymentStatus.DRAFT,
            status_changed_at=uow.now,
            created_by=uow.actor.user_id,
        )
    )
    await uow.session.flush()
    await _allocate(uow, deployment_id, chosen, shares)
    uow.record(
        DeploymentCreated(
            deployment_id=deployment_id, name=name.strip(), symbols=chosen, accounts=len(shares)
        )
    )
    uow.touch("strategies")
    return deployment_id


async def start(uow: UnitOfWork, deployment_id: UUID, *, reason: str = "Started") -> None:
    """Let a draft trade from the next bar on.

    Raises:
        IllegalTransition: it was stopped.
    """
    await _change(uow, deployment_id, DeploymentStatus.RUNNING, reason=reason)


async def pause(uow: UnitOfWork, deployment_id: UUID, *, reason: str) -> None:
    """Open nothing more; positions keep their stops and wait.

    Raises:
        Invalid: no reason; IllegalTransition: it does not run.
    """
    need_reason(reason)
    await _change(uow, deployment_id, DeploymentStatus.PAUSED, reason=reason)


async def resume(uow: UnitOfWork, deployment_id: UUID, *, reason: str) -> None:
    """Trade again from the next bar on.

    Raises:
        Invalid: no reason; IllegalTransition: it was stopped.
    """
    need_reason(reason)
    await _change(uow, deployment_id, DeploymentStatus.RUNNING, reason=reason)


async def stop(
    uow: UnitOfWork, deployment_id: UUID, *, reason: str, close_positions: bool = False
) -> tuple[UUID, ...]:
    """End a deployment for good and release its accounts; return the closing commands.

    Args:
        close_positions: else they stay open under their stops and belong to nobody.

    Raises:
        Invalid: no reason.
    """
    need_reason(reason)
    await _change(uow, deployment_id, DeploymentStatus.STOPPED, reason=reason)
    bound = {"deployment_id": deployment_id, "now": uow.now, "ids": None}
    await uow.session.execute(_RELEASE, bound)
    if not close_positions:
        return ()
    rows = await uow.session.execute(_OPEN, {"deployment_id": deployment_id})
    return tuple(
        [
            await uow.issue(
                ClosePosition(account_id=row.account_id, symbol=row.symbol, reason=reason),
                idempotency_key=f"stop:{deployment_id}:{row.account_id}:{row.symbol}",
                shard=row.shard,
            )
            for row in rows.all()
        ]
    )


async def switch_version(uow: UnitOfWork, deployment_id: UUID, version_id: UUID) -> None:
    """Decide by another version of the same strategy from the next bar on.

    Raises:
        NotFound: no such version; Refused: of another strategy, or the deployment has ended.
    """
    deployment = await get_for_update(uow.session, Deployment, deployment_id)
    if deployment.status is DeploymentStatus.STOPPED:
        raise Refused(f"{deployment.name} is stopped")
    wanted = await uow.session.get(StrategyVersion, version_id)
    if wanted is None:
        raise NotFound(f"There is no strategy version {version_id}")
    if wanted.strategy_id != deployment.strategy_id:
        raise Refused("This version belongs to another strategy")
    if wanted.id == deployment.version_id:
        raise Refused(f"{deployment.name} uses version {wanted.number} already")
    current = await uow.session.get(StrategyVersion, deployment.version_id)
    assert current is not None
    deployment.version_id = version_id
    uow.record(
        DeploymentVersionSwitched(
            deployment_id=deployment_id, previous=current.number, number=wanted.number
        )
    )
    uow.touch("strategies")


async def add_accounts(
    uow: UnitOfWork, deployment_id: UUID, shares: Shares, *, reason: str
) -> None:
    """Put more accounts under a deployment; refuses like `create`."""
    need_reason(reason)
    deployment = await get_for_update(uow.session, Deployment, deployment_id)
    if deployment.status is DeploymentStatus.STOPPED:
        raise Refused(f"{deployment.name} is stopped")
    validate_deployment(deployment.name, tuple(deployment.symbols), shares)
    await _allocate(uow, deployment_id, tuple(deployment.symbols), shares)
    _record_accounts(uow, deployment_id, added=len(shares), removed=0, reason=reason)


async def remove_accounts(
    uow: UnitOfWork, deployment_id: UUID, account_ids: Sequence[UUID], *, reason: str
) -> None:
    """Take accounts out of a deployment; their positions stay open under their stops.

    Raises:
        Invalid: no reason; Refused: none of them is in it.
    """
    need_reason(reason)
    bound = {"deployment_id": deployment_id, "now": uow.now, "ids": list(account_ids)}
    released = set((await uow.session.execute(_RELEASE, bound)).scalars())
    if not released:
        raise Refused("None of these accounts is in the deployment")
    _record_accounts(uow, deployment_id, added=0, removed=len(released), reason=reason)


async def _change(
    uow: UnitOfWork, deployment_id: UUID, status: DeploymentStatus, *, reason: str
) -> None:
    deployment = await get_for_update(uow.session, Deployment, deployment_id)
    previous = deployment.status
    deployment.status = advance(TRANSITIONS, previous, status)
    if previous is status:
        return
    deployment.status_reason = reason
    deployment.status_changed_at = uow.now
    uow.record(
        DeploymentStatusChanged(
            deployment_id=deployment_id,
            previous=previous.value,
            status=status.value,
            reason=reason,
        )
    )
    uow.touch("strategies")


async def _allocate(
    uow: UnitOfWork, deployment_id: UUID, symbols: Sequence[str], shares: Shares
) -> None:
    """Give the deployment its accounts' symbols.

    Raises:
        NotFound: no such account; Refused: cannot be traded, or held by another deployment.
    """
    ids = list(shares)
    # One at a time: whoever comes second sees what the first one took and says whose it is.
    await lock(uow.session, "allocations", "")
    await check_assignable(uow.session, ids, minimum=get_settings().minimum_balance())
    held = (await uow.session.execute(_HELD, {"ids": ids, "symbols": list(symbols)})).all()
    if held:
        named = "; ".join(f"{row.label} {row.symbol} belongs to {row.name}" for row in held[:3])
        raise Refused(f"{named}{' …' if len(held) > 3 else ''}")
    pairs = [(account_id, symbol) for account_id in ids for symbol in symbols]
    await uow.session.execute(
        _ALLOCATE,
        {
            "deployment_id": deployment_id,
            "now": uow.now,
            "row_ids": [new_id() for _ in pairs],
            "account_ids": [account_id for account_id, _ in pairs],
            "symbols": [symbol for _, symbol in pairs],
            "shares": [shares[account_id] for account_id, _ in pairs],
        },
    )


async def _check_listed(uow: UnitOfWork, exchange: Exchange, symbols: Sequence[str]) -> None:
    bound = {"exchange": exchange.value, "symbols": list(symbols)}
    listed = set((await uow.session.execute(_LISTED, bound)).scalars())
    missing = [symbol for symbol in symbols if symbol not in listed]
    if missing:
        raise Invalid({"symbols": f"{exchange} does not list {', '.join(missing)}"})


def _record_accounts(
    uow: UnitOfWork, deployment_id: UUID, *, added: int, removed: int, reason: str
) -> None:
    changed = DeploymentAccountsChanged(
        deployment_id=deployment_id, added=added, removed=removed, reason=reason
    )
    uow.record(changed)
    uow.touch("strategies")
