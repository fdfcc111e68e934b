"""Keep the books of exit plans: which positions have one, what it decided, how it ended."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from patriot_app.core.db import exit_statements as sql
from patriot_app.core.db.arrays import to_json
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.events import PartialCloseDecided, StopMoved
from patriot_app.core.domain.exit_plans import (
    STEP_TRANSITIONS,
    ExitFacts,
    ExitStep,
    StepState,
    StopMove,
)
from patriot_app.core.domain.exit_rules import ExitRules, rules_from
from patriot_app.core.domain.orders import AttemptState, IntentState
from patriot_app.core.domain.transitions import advance
from patriot_app.core.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class FollowedPosition:
    """An open position that has or must get a plan.

    Attributes:
        plan_id: None before its plan has begun.
        decided_at, intent_state, attempt_id, attempt_state, filled: of the partial close's order.
        moved_at: wall time of the plan's last step.
        tries: orders for the partial close so far.
    """

    account_id: UUID
    shard: int
    exchange: Exchange
    mode: AccountMode
    symbol: str
    deployment_id: UUID | None
    version_id: UUID
    quantity: Decimal
    entry_price: Decimal
    stop: Decimal
    target: Decimal | None
    rules: ExitRules
    plan_id: UUID | None
    first_stop: Decimal | None
    best_price: Decimal | None
    is_trailing: bool
    moved_at: datetime | None
    partial: StepState
    tries: int
    decided_at: datetime | None
    intent_state: IntentState | None
    attempt_id: UUID | None
    attempt_state: AttemptState | None
    filled: Decimal

    def facts(self, mark_price: Decimal) -> ExitFacts:
        """Return what decides; a plan that has not begun begins at the present price."""
        return ExitFacts(
            quantity=self.quantity,
            entry_price=self.entry_price,
            stop=self.stop,
            target=self.target,
            first_stop=self.stop if self.first_stop is None else self.first_stop,
            best_price=mark_price if self.best_price is None else self.best_price,
            partial=self.partial,
        )


@dataclass(frozen=True, slots=True)
class DecidedStep:
    """One step of one position.

    Attributes:
        plan_id: of a plan that may begin with this step.
        mark_price: that was decided on.
        tries: orders for the partial close after this step.
        intent_id: of its order, if this step sends one.
    """

    position: FollowedPosition
    plan_id: UUID
    step: ExitStep
    mark_price: Decimal
    tries: int
    intent_id: UUID | None


async def followed(
    uow: UnitOfWork, shards: Sequence[int], *, accounts: Iterable[UUID] | None = None
) -> list[FollowedPosition]:
    """Return the positions of the shards whose exits are the desk's to decide."""
    only = None if accounts is None else sorted(accounts)
    rows = await uow.session.execute(sql.FOLLOWED, {"shards": list(shards), "only": only})
    return [each for row in rows if (each := _followed(row)).rules.is_any]


async def record_steps(uow: UnitOfWork, decided: Sequence[DecidedStep]) -> None:
    """Record what plans decided, before anything of it is sent."""
    if not decided:
        return
    begun = [_beginning(each) for each in decided if each.position.plan_id is None]
    if begun:
        await uow.session.execute(sql.BEGIN, {"rows": to_json(begun)})
    await uow.session.execute(
        sql.MOVE_PLANS, {"rows": to_json([_row(d) for d in decided]), "now": uow.now}
    )
    stops = [
        {
            "account_id": each.position.account_id,
            "symbol": each.position.symbol,
            "stop": each.step.stop,
        }
        for each in decided
        if each.step.stop is not None
    ]
    if stops:
        await uow.session.execute(sql.MOVE_STOPS, {"rows": to_json(stops)})
    for each in decided:
        _tell(uow, each)
    uow.touch("positions")


async def override(uow: UnitOfWork, account_id: UUID, symbol: str) -> bool:
    """Let a person take over: the position's plan moves nothing any more."""
    found = await uow.session.execute(
        sql.OVERRIDE, {"account_id": account_id, "symbol": symbol, "now": uow.now}
    )
    return bool(found.rowcount)  # type: ignore[attr-defined]


def _tell(uow: UnitOfWork, decided: DecidedStep) -> None:
    position, step = decided.position, decided.step
    if step.stop is not None and step.why is not None:
        uow.record(
            StopMoved(
                account_id=position.account_id,
                symbol=position.symbol,
                why=step.why.value,
                before=position.stop,
                trigger_price=step.stop,
                mark_price=decided.mark_price,
            )
        )
    if decided.intent_id is not None:
        uow.record(
            PartialCloseDecided(
                subject=decided.intent_id,
                account_id=position.account_id,
                symbol=position.symbol,
                quantity=step.quantity,
                mark_price=decided.mark_price,
            )
        )


def _beginning(decided: DecidedStep) -> dict[str, Any]:
    position = decided.position
    return {
        "id": decided.plan_id,
        "account_id": position.account_id,
        "symbol": position.symbol,
        "version_id": position.version_id,
        "rules": position.rules.to_json(),
        "first_stop": position.stop,
        "best_price": decided.step.best_price,
    }


def _row(decided: DecidedStep) -> dict[str, Any]:
    step = decided.step
    return {
        "id": decided.plan_id,
        "best_price": step.best_price,
        "partial": advance(STEP_TRANSITIONS, decided.position.partial, step.partial),
        "partial_tries": decided.tries,
        "partial_intent_id": decided.intent_id,
        "is_trailing": step.is_trailing,
        "why": None if step.why is None else StopMove(step.why).value,
    }


def _followed(row: Any) -> FollowedPosition:
    rules: Mapping[str, object] = row.rules or {}
    return FollowedPosition(
        account_id=row.account_id,
        shard=row.shard,
        exchange=Exchange(row.exchange),
        mode=AccountMode(row.mode),
        symbol=row.symbol,
        deployment_id=row.deployment_id,
        version_id=row.version_id,
        quantity=row.quantity,
        entry_price=row.entry_price,
        stop=row.wanted_stop,
        target=row.wanted_target,
        rules=rules_from(rules),
        plan_id=row.plan_id,
        first_stop=row.first_stop,
        best_price=row.best_price,
        is_trailing=row.trailing_since is not None,
        moved_at=row.moved_at,
        partial=StepState(row.partial) if row.partial else StepState.WAITING,
        tries=row.partial_tries or 0,
        decided_at=row.decided_at,
        intent_state=IntentState(row.intent_state) if row.intent_state else None,
        attempt_id=row.attempt_id,
        attempt_state=AttemptState(row.attempt_state) if row.attempt_state else None,
        filled=row.filled_quantity,
    )
