"""How accounts are divided among strategies, and the rebalancings that divide them anew."""

from dataclasses import dataclass
from datetime import datetime

from patriot_app.core.domain.events.base import AccountEvent, Event

__all__ = [
    "AccountRebalanced",
    "AllocationChangeAsked",
    "AllocationChangeRefused",
    "AllocationChangeWithdrawn",
    "RebalancingBegun",
    "RebalancingDone",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationChangeAsked(AccountEvent):
    """Other shares were asked for; `effective_at` is market time."""

    account: str
    shares: str
    shares_before: str
    effective_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationChangeWithdrawn(AccountEvent):
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationChangeRefused(AccountEvent):
    """A rebalancing could not apply what was asked for; the shares stay."""

    account: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRebalanced(AccountEvent):
    """An account has other shares from now on; no order was sent for it."""

    account: str
    shares: str
    shares_before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalancingBegun(Event):
    trigger: str
    due_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalancingDone(Event):
    accounts: int
    applied: int
    refused: int
