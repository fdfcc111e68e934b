"""Stopping: who may still send what. A halt binds at its commit, whatever else is stuck.

REDUCING forbids whatever could enlarge exposure. HALTED also stops the exits of strategies, so that
a person decides; protection, cancels and the operator's own exits pass at every level but the last.
The level says how much is cleared up behind the halt (EXECUTION 2.11).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from uuid import UUID

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.orders import Leg
from patriot_app.core.domain.roles import Reach


class TradingState(StrEnum):
    ACTIVE = "active"
    REDUCING = "reducing"
    HALTED = "halted"

    @property
    def severity(self) -> int:
        """0 for active up to 2 for halted."""
        return _SEVERITY[self]


_SEVERITY = {TradingState.ACTIVE: 0, TradingState.REDUCING: 1, TradingState.HALTED: 2}

TRADING_TRANSITIONS = {
    TradingState.ACTIVE: frozenset({TradingState.REDUCING, TradingState.HALTED}),
    TradingState.REDUCING: frozenset({TradingState.ACTIVE, TradingState.HALTED}),
    TradingState.HALTED: frozenset({TradingState.REDUCING, TradingState.ACTIVE}),
}


class HaltLevel(IntEnum):
    """How far a halt goes; each level contains the ones before it, but for the last.

    STOP_SENDING clears nothing up: whatever is wrong, no request may make it worse.
    """

    NO_ENTRIES = 1
    CANCEL_ENTRIES = 2
    FLATTEN = 3
    STOP_SENDING = 4

    @property
    def name_on_screen(self) -> str:
        """K1 to K4, as operators say it."""
        return f"K{self.value}"


STATE_OF_LEVEL = {
    HaltLevel.NO_ENTRIES: TradingState.REDUCING,
    HaltLevel.CANCEL_ENTRIES: TradingState.HALTED,
    HaltLevel.FLATTEN: TradingState.HALTED,
    HaltLevel.STOP_SENDING: TradingState.HALTED,
}
"""What strategies may still do where nobody says otherwise."""
TWO_PEOPLE_FROM = HaltLevel.CANCEL_ENTRIES
"""Lowering a halt of this level or above takes two people; raising one never does."""


class ClearingState(StrEnum):
    """How far an account is with what its halt clears up."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


CLEARING_TRANSITIONS: dict[ClearingState, frozenset[ClearingState]] = {
    ClearingState.WAITING: frozenset({ClearingState.RUNNING}),
    # A crash leaves an account running: whoever holds its shard next starts it again.
    ClearingState.RUNNING: frozenset(
        {ClearingState.WAITING, ClearingState.DONE, ClearingState.FAILED}
    ),
    ClearingState.FAILED: frozenset({ClearingState.WAITING}),
    ClearingState.DONE: frozenset(),
}


class HaltScope(StrEnum):
    DESK = "desk"
    EXCHANGE = "exchange"
    STRATEGY = "strategy"
    CLIENT = "client"
    ACCOUNT = "account"


REACH_OF_SCOPE = {
    HaltScope.DESK: Reach.ALL,
    HaltScope.EXCHANGE: Reach.ALL,
    HaltScope.STRATEGY: Reach.STRATEGY,
    HaltScope.CLIENT: Reach.ACCOUNT,
    HaltScope.ACCOUNT: Reach.ACCOUNT,
}
"""How far a grant must reach to halt a scope or to let it trade again."""


class HaltStatus(StrEnum):
    RAISED = "raised"
    LIFTED = "lifted"


HALT_TRANSITIONS: dict[HaltStatus, frozenset[HaltStatus]] = {
    HaltStatus.RAISED: frozenset({HaltStatus.LIFTED}),
    HaltStatus.LIFTED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Halt:
    """One halt in force.

    Attributes:
        scope_key: "" for the desk, the exchange's name, or an id as text.
        state: REDUCING or HALTED.
    """

    scope: HaltScope
    scope_key: str
    state: TradingState
    reason: str


@dataclass(frozen=True, slots=True)
class HaltSubject:
    """Whose trading state is asked for."""

    exchange: Exchange | None = None
    strategy_id: UUID | None = None
    client_id: UUID | None = None
    account_id: UUID | None = None


def trading_state(halts: Iterable[Halt], subject: HaltSubject) -> tuple[TradingState, Halt | None]:
    """Return the strictest state that applies and the halt behind it."""
    worst: Halt | None = None
    for halt in halts:
        if _applies(halt, subject) and (
            worst is None or halt.state.severity > worst.state.severity
        ):
            worst = halt
    return (TradingState.ACTIVE, None) if worst is None else (worst.state, worst)


def forbids(state: TradingState, leg: Leg, *, is_operator: bool = False) -> bool:
    """Tell whether a state forbids sending an order of this leg.

    Args:
        is_operator: a person closes, or an emergency exit of an unprotected position.
    """
    if leg is Leg.ENTRY:
        return state is not TradingState.ACTIVE
    if leg is Leg.EXIT:
        return state is TradingState.HALTED and not is_operator
    return False


def is_stricter(level: HaltLevel, state: TradingState, *, than: tuple[int, TradingState]) -> bool:
    """Tell whether a halt goes further than one in force; only then may one person raise it."""
    return (level, state.severity) > (than[0], than[1].severity)


def needs_two_people(level: int) -> bool:
    """Tell whether lowering a halt of this level takes a second person."""
    return level >= TWO_PEOPLE_FROM


def _applies(halt: Halt, subject: HaltSubject) -> bool:
    if halt.scope is HaltScope.DESK:
        return True
    if halt.scope is HaltScope.EXCHANGE:
        return subject.exchange is not None and halt.scope_key == subject.exchange.value
    wanted = {
        HaltScope.STRATEGY: subject.strategy_id,
        HaltScope.CLIENT: subject.client_id,
        HaltScope.ACCOUNT: subject.account_id,
    }[halt.scope]
    return wanted is not None and halt.scope_key == str(wanted)
