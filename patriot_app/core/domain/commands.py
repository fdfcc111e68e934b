"""Operator commands: acts that only the daemon can do."""

from enum import StrEnum


class CommandStatus(StrEnum):
    PENDING = "pending"
    CLAIMED = "claimed"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"


COMMAND_TRANSITIONS = {
    CommandStatus.PENDING: frozenset({CommandStatus.CLAIMED, CommandStatus.EXPIRED}),
    # A claim whose owner died returns.
    CommandStatus.CLAIMED: frozenset(
        {
            CommandStatus.PENDING,
            CommandStatus.SUCCEEDED,
            CommandStatus.FAILED,
            CommandStatus.EXPIRED,
        }
    ),
    CommandStatus.SUCCEEDED: frozenset(),
    CommandStatus.FAILED: frozenset(),
    CommandStatus.EXPIRED: frozenset(),
}
