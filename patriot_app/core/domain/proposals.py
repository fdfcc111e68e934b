"""What one person proposes and another carries out: nobody approves his own."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class ProposalState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    CARRIED_OUT = "carried_out"
    FAILED = "failed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


S = ProposalState
PROPOSAL_TRANSITIONS: dict[ProposalState, frozenset[ProposalState]] = {
    S.PROPOSED: frozenset({S.APPROVED, S.REJECTED, S.WITHDRAWN, S.EXPIRED}),
    # Approving and carrying out are one transaction; only a refusal of the act ends in between.
    S.APPROVED: frozenset({S.CARRIED_OUT, S.FAILED}),
    S.CARRIED_OUT: frozenset(),
    S.FAILED: frozenset(),
    S.REJECTED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.EXPIRED: frozenset(),
}


class ProposalKind(StrEnum):
    """What can be proposed; how each is carried out is told in `core.four_eyes`."""

    SET_LIMIT = "set_limit"
    CLEAR_LIMIT = "clear_limit"
    CREATE_STRATEGY = "create_strategy"
    CHANGE_STRATEGY = "change_strategy"
    CHANGE_ROLES = "change_roles"
    SUSPEND_ADMINISTRATOR = "suspend_administrator"
    REACTIVATE_ADMINISTRATOR = "reactivate_administrator"
    CONFIRM_ADDRESS = "confirm_address"
    CLOSE_EVERYTHING = "close_everything"
    RESET_SECOND_FACTOR = "reset_second_factor"
    FINALISE_MONTHS = "finalise_months"
    CREDIT_INVOICE = "credit_invoice"
    WRITE_OFF_INVOICE = "write_off_invoice"
    SIGN_MANDATE = "sign_mandate"
    CHANGE_TERMS = "change_terms"
    RESET_MARK = "reset_mark"
    END_MANDATE = "end_mandate"
    VALUE_ACCOUNT = "value_account"
    LEAVE_MANDATE = "leave_mandate"


VALID_FOR = timedelta(hours=24)
URGENT_FOR = timedelta(minutes=15)
"""How long a proposal waits; the world that an urgent one was made for is gone sooner."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of what would change, as people read it; "" where there was or will be nothing."""

    name: str
    before: str
    after: str
