"""Stop trading and let it go on. A halt binds at commit; the commands only clear what works."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.db.locks import lock
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.commands import CancelEntries, Command, FlattenShard
from patriot_app.core.domain.events import HaltLifted, HaltRaised
from patriot_app.core.domain.halts import HaltScope, TradingState
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.risk import Halt
from patriot_app.core.unit_of_work import UnitOfWork

_SHARDS = {
    HaltScope.DESK: text("SELECT DISTINCT shard FROM accounts ORDER BY 1"),
    HaltScope.EXCHANGE: text(
        "SELECT DISTINCT shard FROM accounts WHERE exchange = :scope_id ORDER BY 1"
    ),
    HaltScope.STRATEGY: text(
        "SELECT DISTINCT a.shard FROM allocations AS l"
        " JOIN deployments AS d ON d.id = l.deployment_id JOIN accounts AS a ON a.id = l.account_id"
        " WHERE d.strategy_id::text = :scope_id AND l.released_at IS NULL ORDER BY 1"
    ),
    HaltScope.CLIENT: text(
        "SELECT DISTINCT shard FROM accounts WHERE client_id::text = :scope_id ORDER BY 1"
    ),
    HaltScope.ACCOUNT: text("SELECT shard FROM accounts WHERE id::text = :scope_id"),
}
_EXISTS = {
    HaltScope.STRATEGY: text("SELECT EXISTS (SELECT 1 FROM strategies WHERE id = :id)"),
    HaltScope.CLIENT: text("SELECT EXISTS (SELECT 1 FROM users WHERE id = :id)"),
    HaltScope.ACCOUNT: text("SELECT EXISTS (SELECT 1 FROM accounts WHERE id = :id)"),
}
_ACTIVE = text(
    "SELECT id, state FROM halts WHERE scope = :scope AND scope_id = :scope_id"
    " AND lifted_at IS NULL"
)


@dataclass(frozen=True, slots=True)
class Raised:
    """A halt in force and the commands that clear up behind it, one per shard and kind."""

    halt_id: UUID
    command_ids: tuple[UUID, ...]


async def raise_halt(
    uow: UnitOfWork,
    *,
    scope: HaltScope,
    scope_id: str = "",
    state: TradingState = TradingState.HALTED,
    reason: str,
    flatten: bool = False,
) -> Raised:
    """Stop trading in a scope, cancel its working entries, and flatten it if asked to.

    A halt of the same scope in another state is replaced. Stops stay in every case.

    Args:
        scope_id: "" for the desk, the exchange's name, or an id as text.
        flatten: also close every position of the scope at market.

    Raises:
        Invalid: no reason, no such state; NotFound: no such scope; Refused: halted so already.
    """
    await _check(uow, scope, scope_id, state, reason)
    await lock(uow.session, "halt", f"{scope}|{scope_id}")
    active = await uow.session.execute(_ACTIVE, {"scope": scope, "scope_id": scope_id})
    for row in active.all():
        if row.state == state and not flatten:
            raise Refused(f"This {scope} is {state} already")
        await _lift(uow, row.id, reason=f"Replaced: {reason}")
    halt_id = new_id()
    uow.session.add(
        Halt(
            id=halt_id,
            scope=scope,
            scope_id=scope_id,
            state=state,
            reason=reason,
            raised_by=uow.actor.user_id,
            raised_at=uow.now,
        )
    )
    uow.record(
        HaltRaised(
            subject=halt_id,
            scope=scope.value,
            scope_id=scope_id,
            state=state.value,
            reason=reason,
        )
    )
    uow.touch("halts", "risk")
    return Raised(halt_id, await _clear_up(uow, halt_id, scope, scope_id, reason, flatten))


async def lift_halt(uow: UnitOfWork, halt_id: UUID, *, reason: str) -> None:
    """Let a scope trade again, as far as no other halt covers it.

    Raises:
        Invalid: no reason; NotFound; Refused: lifted already.
    """
    need_reason(reason)
    await _lift(uow, halt_id, reason=reason)
    uow.touch("halts", "risk")


async def _lift(uow: UnitOfWork, halt_id: UUID, *, reason: str) -> None:
    halt = await get_for_update(uow.session, Halt, halt_id)
    if halt.lifted_at is not None:
        raise Refused("This halt was lifted already")
    halt.lifted_at = uow.now
    halt.lifted_by = uow.actor.user_id
    halt.lift_reason = reason
    uow.record(
        HaltLifted(subject=halt_id, scope=halt.scope.value, scope_id=halt.scope_id, reason=reason)
    )


async def _clear_up(
    uow: UnitOfWork, halt_id: UUID, scope: HaltScope, scope_id: str, reason: str, flatten: bool
) -> tuple[UUID, ...]:
    bound = {} if scope is HaltScope.DESK else {"scope_id": scope_id}
    shards = list((await uow.session.execute(_SHARDS[scope], bound)).scalars())
    wanted: list[Command] = [CancelEntries(scope=scope.value, scope_id=scope_id, reason=reason)]
    if flatten:
        wanted.append(FlattenShard(scope=scope.value, scope_id=scope_id, reason=reason))
    return tuple(
        [
            await uow.issue(
                command, idempotency_key=f"halt:{halt_id}:{command.type}:{shard}", shard=shard
            )
            for command in wanted
            for shard in shards
        ]
    )


async def _check(
    uow: UnitOfWork, scope: HaltScope, scope_id: str, state: TradingState, reason: str
) -> None:
    fields: dict[str, str] = {}
    if not reason.strip():
        fields["reason"] = "Please give a reason"
    if state is TradingState.ACTIVE:
        fields["state"] = "A halt makes a scope reducing or halted; lift it to trade again"
    if (scope is HaltScope.DESK) != (scope_id == ""):
        fields["scope_id"] = "Choose what to halt; only the desk has no name"
    if fields:
        raise Invalid(fields)
    if scope is HaltScope.EXCHANGE and scope_id not in set(Exchange):
        raise NotFound(f"There is no exchange {scope_id}")
    if scope in _EXISTS:
        try:
            identity = UUID(scope_id)
        except ValueError as error:
            raise NotFound(f"There is no {scope} {scope_id}") from error
        if not (await uow.session.execute(_EXISTS[scope], {"id": identity})).scalar_one():
            raise NotFound(f"There is no {scope} {scope_id}")
