"""What the desk does about a breach, as a table: every act is a halt, raised like any other.

So there is one way to orders: a halt binds at its commit, its clearing up is recorded account by
account, and no breach sends anything itself. An act happens once for each breach, after the breach
is on record, and stands on it in words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from patriot_app.core.domain.halts import HaltLevel, HaltScope, TradingState
from patriot_app.core.domain.risk_limits import BreachReach, Response

KEPT_OF_HALVED = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class BreachAct:
    """One response.

    Attributes:
        level, state: of the halt; None where nothing is halted.
        keep: share of each position that stays, where a part is closed.
        withdraws: takes the account's resting entries back, which its level leaves.
        ends_itself: the halt is lifted when every breach behind it is over.
        did: what is told of it, to staff and client.
    """

    did: str
    level: HaltLevel | None = None
    state: TradingState | None = None
    keep: Decimal | None = None
    withdraws: bool = False
    ends_itself: bool = False


ACTS: Mapping[Response, BreachAct] = {
    Response.NONE: BreachAct("Noted"),
    Response.NOTIFY: BreachAct("Desk and client were told"),
    Response.PAUSE: BreachAct(
        "Nothing new is opened until it is over",
        HaltLevel.NO_ENTRIES,
        TradingState.REDUCING,
        withdraws=True,
        ends_itself=True,
    ),
    Response.HALT: BreachAct(
        "Trading is halted until a person lifts it", HaltLevel.CANCEL_ENTRIES, TradingState.HALTED
    ),
    Response.HALVE: BreachAct(
        "Half of each position is closed, and nothing new is opened until a person lifts it",
        HaltLevel.CANCEL_ENTRIES,
        TradingState.REDUCING,
        keep=KEPT_OF_HALVED,
    ),
    Response.FLATTEN: BreachAct(
        "All positions are closed, and trading is halted until a person lifts it",
        HaltLevel.FLATTEN,
        TradingState.HALTED,
    ),
}
SCOPE_OF_REACH: Mapping[BreachReach, HaltScope] = {
    BreachReach.ACCOUNT: HaltScope.ACCOUNT,
    BreachReach.STRATEGY: HaltScope.STRATEGY,
    BreachReach.CLIENT: HaltScope.CLIENT,
    BreachReach.DESK: HaltScope.DESK,
}
