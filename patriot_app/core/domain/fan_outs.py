"""The states of a fan-out and what it decides for an account."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from patriot_app.core.domain.attempts import ENDED
from patriot_app.core.domain.entries import WithdrawalCause
from patriot_app.core.domain.orders import IN_FLIGHT, WORKING, AttemptState, TimeInForce


class FanOutState(StrEnum):
    PENDING = "pending"
    PLANNED = "planned"
    FINISHED = "finished"
    EXPIRED = "expired"


TRANSITIONS = {
    FanOutState.PENDING: frozenset(
        {FanOutState.PLANNED, FanOutState.FINISHED, FanOutState.EXPIRED}
    ),
    FanOutState.PLANNED: frozenset({FanOutState.FINISHED}),
    FanOutState.FINISHED: frozenset(),
    FanOutState.EXPIRED: frozenset(),
}


class Decision(StrEnum):
    """PLANNED has intents; SKIPPED had nothing to do; DENIED was refused by a limit or state."""

    PLANNED = "planned"
    SKIPPED = "skipped"
    DENIED = "denied"


class AccountOutcome(StrEnum):
    """One row of the fan-out grid, derived from decision, attempts and fills.

    EXPIRED, SUPERSEDED and CANCELLED are entries that ended unfilled as they were meant to: at the
    end of their time in force, for a newer signal, or taken back by a person, a halt or at
    shutdown. Only what FAILED may be tried again.
    """

    PENDING = "pending"
    FILLED = "filled"
    PARTIAL = "partial"
    WORKING = "working"
    SKIPPED = "skipped"
    DENIED = "denied"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    FAILED = "failed"


WITHDRAWN = {
    WithdrawalCause.EXPIRED: AccountOutcome.EXPIRED,
    WithdrawalCause.SUPERSEDED: AccountOutcome.SUPERSEDED,
}
"""Of an entry that we took back unfilled; for every other cause it is CANCELLED."""
AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})
"""The exchange itself ends what these leave unfilled."""
UNFILLED = frozenset({AttemptState.CANCELED, AttemptState.EXPIRED})


def in_turn(accounts: Sequence[UUID], turn: int) -> list[UUID]:
    """Return the accounts in the order in which a fan-out serves them.

    Who is served first pays the best price. Each turn begins one account further, so that over as
    many turns as there are accounts each of them has every place once.

    Args:
        accounts: of one part of the desk, in an order that does not change.
        turn: of the fan-out, counted apart for each instrument and action: opens and closes that
            take turns would else give the same half of the accounts the first place every time.
    """
    first = turn % len(accounts) if accounts else 0
    return [*accounts[first:], *accounts[:first]]


_DECIDED = {Decision.SKIPPED: AccountOutcome.SKIPPED, Decision.DENIED: AccountOutcome.DENIED}


def outcome_of(
    decision: Decision,
    *,
    state: AttemptState | None,
    filled_quantity: Decimal,
    quantity: Decimal | None,
    cancel_cause: str = "",
    has_slices_to_come: bool = False,
    time_in_force: TimeInForce | None = None,
) -> AccountOutcome:
    """Return one row of the grid.

    Args:
        state: of the newest attempt of the account's main leg (the entry, or else the exit).
        filled_quantity: over all attempts of that leg.
        quantity: wanted.
        cancel_cause: why we took that attempt back; "" if we did not.
        has_slices_to_come: parts of the order wait for their time.
        time_in_force: of the leg.
    """
    if decision in _DECIDED:
        return _DECIDED[decision]
    if quantity and filled_quantity >= quantity:
        return AccountOutcome.FILLED
    if state is None or state is AttemptState.CREATED:
        return AccountOutcome.PENDING
    if has_slices_to_come and state not in IN_FLIGHT:
        return AccountOutcome.WORKING
    if state is AttemptState.FILLED:
        return AccountOutcome.FILLED
    if state in IN_FLIGHT:
        # Sending is in doubt only once it turns out to be.
        return AccountOutcome.PENDING if state is AttemptState.SENDING else AccountOutcome.UNKNOWN
    if filled_quantity > 0:
        return AccountOutcome.PARTIAL
    if state in WORKING:
        return AccountOutcome.WORKING
    assert state in ENDED
    if state not in UNFILLED:
        return AccountOutcome.FAILED
    if cancel_cause:
        return WITHDRAWN.get(WithdrawalCause(cancel_cause), AccountOutcome.CANCELLED)
    return AccountOutcome.EXPIRED if time_in_force in AT_ONCE else AccountOutcome.FAILED
