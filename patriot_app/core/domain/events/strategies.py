"""Strategies, deployments and what they decided."""

from dataclasses import dataclass
from decimal import Decimal

from patriot_app.core.domain.events.base import DeploymentEvent, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyCreated(Event):
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyVersionAdded(Event):
    number: int
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentCreated(DeploymentEvent):
    name: str
    symbols: tuple[str, ...]
    accounts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentStatusChanged(DeploymentEvent):
    previous: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentAccountsChanged(DeploymentEvent):
    added: int
    removed: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentVersionSwitched(DeploymentEvent):
    previous: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyFailed(DeploymentEvent):
    symbol: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRecorded(DeploymentEvent):
    symbol: str
    action: str
    reference_price: Decimal
    stop_loss: Decimal | None
    accounts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactEstimated(DeploymentEvent):
    """What a signal's orders would do to a price at once; without a figure the reason says why."""

    exchange: str
    mode: str
    quantity: Decimal
    impact_bps: Decimal | None
    slices: int
    reason: str
