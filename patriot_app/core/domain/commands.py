"""Operator commands: acts that only the daemon can do. Frozen payloads and their life."""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any
from uuid import UUID

from patriot_app.core.errors import Invalid


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """An act; `reason` is the operator's."""

    reason: str = ""

    @property
    def type(self) -> str:
        return type(self).__name__

    def to_payload(self) -> dict[str, Any]:
        """Return JSON-safe fields."""
        return {
            field.name: str(value) if isinstance(value, UUID) else value
            for field in fields(self)
            if (value := getattr(self, field.name)) is not None
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyCredential(Command):
    """Ask the exchange what a sealed key may do, then admit or refuse it."""

    credential_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePosition(Command):
    """Close one position at market, reduce-only, and cancel its legs."""

    account_id: UUID
    symbol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveLevels(Command):
    """Move stop and target of one position; prices are text, no target is None.

    Attributes:
        accepts_more_risk: the operator was told that the stop moves away, and agreed.
    """

    account_id: UUID
    symbol: str
    stop_loss: str
    take_profit: str | None = None
    accepts_more_risk: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FlattenAccount(Command):
    """Cancel our working orders and close every position of an account."""

    account_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder(Command):
    """Cancel one of our working orders."""

    attempt_id: UUID
    account_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendOrder(Command):
    """Change price or quantity of an entry of ours that rests; numbers are text, None stays."""

    attempt_id: UUID
    account_id: UUID
    price: str | None = None
    quantity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelEntries(Command):
    """Cancel our working entries of a shard that a scope covers; stops stay."""

    scope: str
    scope_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishSignal(Command):
    """Record an operator's own signal for a deployment; prices are text.

    Attributes:
        entry_price, time_in_force: of a limit entry; without them it enters at market.
        trigger_price: of a stop entry; with a price it is a stop-limit.
        life_minutes: of market time that a resting entry lasts; None until the next boundary.
    """

    deployment_id: UUID
    symbol: str
    action: str
    stop_loss: str | None = None
    take_profit: str | None = None
    entry_price: str | None = None
    time_in_force: str | None = None
    life_minutes: int | None = None
    trigger_price: str | None = None
    published_by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrySignal(Command):
    """Try a signal again on the accounts that it failed on, as a signal of its own.

    Attributes:
        accounts: ids as text; those that may no more be tried again are left out.
        at_present_price: the operator knows that the signal has expired and takes today's price.
    """

    signal_id: UUID
    accounts: tuple[str, ...]
    at_present_price: bool = False
    published_by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshInstruments(Command):
    """Read contracts and brackets afresh."""

    exchange: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseMonths(Command):
    """Compute the months of all mandates that are over and not finalised, now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeComplianceReport(Command):
    """Report what a period held; days as text, the last one excluded."""

    starts_on: str
    ends_on: str
    asked_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncAccount(Command):
    """Read an account afresh: what is new since the cursors, or all that the exchange still keeps.

    Attributes:
        kind: "incremental" or "full".
    """

    account_id: UUID
    kind: str = "incremental"
    requested_by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleDiscrepancy(Command):
    """Carry out what a person decided of a difference: adopt, close or ignore."""

    discrepancy_id: UUID
    decision: str
    decided_by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleOrder(Command):
    """Look an order of unknown outcome up once more, or believe the person that it is not there.

    Attributes:
        decision: "look" or "absent".
    """

    attempt_id: UUID
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnparkAccount(Command):
    """Let a parked account open positions again."""

    account_id: UUID


COMMANDS: dict[str, type[Command]] = {kind.__name__: kind for kind in Command.__subclasses__()}
"""Every command of this module by its name."""


def command_from(type_name: str, payload: dict[str, Any]) -> Command:
    """Rebuild a command from its stored form.

    Raises:
        Invalid: unknown type, unknown or missing field.
    """
    kind = COMMANDS.get(type_name)
    if kind is None:
        raise Invalid({"type": f"there is no command {type_name}"})
    known = {field.name: field.type for field in fields(kind)}
    unknown = payload.keys() - known.keys()
    if unknown:
        raise Invalid(dict.fromkeys(unknown, f"{type_name} has no such field"))
    try:
        return kind(**{name: _parse(name, value) for name, value in payload.items()})
    except (TypeError, ValueError) as error:
        raise Invalid({"": f"{type_name}: {error}"}) from error


def _parse(name: str, value: Any) -> Any:
    is_id = (name.endswith("_id") and name != "scope_id") or name in {
        "published_by",
        "requested_by",
        "decided_by",
    }
    if isinstance(value, list):
        return tuple(value)
    return UUID(value) if is_id else value
