"""Strategies, their versions and deployments, all text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.queries.deployments import AccountChoice, AllocationView, DeploymentSummary
from patriot_app.core.queries.strategies import StrategySummary, VersionView
from patriot_app.core.strategies.catalogue import CATALOGUE
from patriot_app.core.strategies.parameters import ParameterKind
from patriot_app.web import format
from patriot_app.web.format import Figure, Moment
from patriot_app.web.theme import Tone

STATUSES: dict[str, tuple[Tone, str]] = {
    "draft": ("neutral", "Draft"),
    "running": ("positive", "Running"),
    "paused": ("warning", "Paused"),
    "stopped": ("neutral", "Stopped"),
}
KINDS = {name: strategy.label for name, strategy in CATALOGUE.items()}


@dataclass(frozen=True, slots=True)
class DeploymentRow:
    """One deployment."""

    id: str = ""
    name: str = ""
    strategy_id: str = ""
    strategy: str = ""
    version_id: str = ""
    version: str = ""
    status: str = ""
    reason: str = ""
    exchange: str = ""
    symbols: str = ""
    all_symbols: str = ""
    accounts: str = ""
    allotted: Figure = field(default_factory=Figure)
    positions: str = ""
    unrealised: Figure = field(default_factory=Figure)
    signals: str = ""
    last_signal: Moment = field(default_factory=Moment)
    changed: Moment = field(default_factory=Moment)


@dataclass(frozen=True, slots=True)
class StrategyRow:
    """One strategy."""

    id: str = ""
    name: str = ""
    kind: str = ""
    kind_label: str = ""
    description: str = ""
    version: str = ""
    running: str = ""
    accounts: str = ""
    is_halted: bool = False


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version; what changed against the one before is in `changes`."""

    id: str
    title: str
    note: str
    changes: str
    by: str
    running: str
    at: Moment


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """One setting of the newest version."""

    label: str
    value: str
    help: str


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """One account's part for one symbol."""

    id: str
    account: str
    client: str
    symbol: str
    share: Figure
    equity: Figure
    quantity: str


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """An account that may be deployed to; `held` names what is in the way."""

    id: str
    account: str
    client: str
    exchange: str
    equity: Figure
    ready: str
    held: str


def deployment_row(one: DeploymentSummary, *, now: datetime) -> DeploymentRow:
    """Show one deployment."""
    return DeploymentRow(
        id=str(one.id),
        name=one.name,
        strategy_id=str(one.strategy_id),
        strategy=one.strategy,
        version_id=str(one.version_id),
        version=f"v{one.version}",
        status=one.status,
        reason=one.status_reason,
        exchange=one.reference_exchange.capitalize(),
        symbols=format.joined(one.symbols),
        all_symbols=", ".join(one.symbols),
        accounts=format.count(one.accounts),
        allotted=format.money(one.allotted),
        positions=format.count(one.open_positions),
        unrealised=format.profit(one.unrealised_pnl),
        signals=format.count(one.signals),
        last_signal=format.moment(one.last_signal_at, now=now),
        changed=format.moment(one.status_changed_at, now=now),
    )


def strategy_row(one: StrategySummary) -> StrategyRow:
    """Show one strategy."""
    return StrategyRow(
        id=str(one.id),
        name=one.name,
        kind=one.kind,
        kind_label=KINDS.get(one.kind, one.kind),
        description=one.description,
        version=f"v{one.newest_version}",
        running=f"{format.count(one.running)} of {format.count(one.deployments)}",
        accounts=format.count(one.accounts),
        is_halted=one.is_halted,
    )


def version_rows(versions: tuple[VersionView, ...], *, now: datetime) -> list[VersionRow]:
    """Show versions, newest first, each with what it changed."""
    older = [*versions[1:], None]
    return [
        VersionRow(
            id=str(one.id),
            title=f"Version {one.number}",
            note=one.note,
            changes=_changes(one, before),
            by=one.created_by or format.EMPTY,
            running=format.count(one.running),
            at=format.moment(one.created_at, now=now),
        )
        for one, before in zip(versions, older, strict=True)
    ]


def parameter_rows(kind: str, values: Mapping[str, str]) -> list[ParameterRow]:
    """Show the settings of a version in the order of their specification."""
    strategy = CATALOGUE.get(kind)
    if strategy is None:
        return [ParameterRow(name, value, "") for name, value in values.items()]
    return [
        ParameterRow(spec.label, _worded(values.get(spec.name, spec.default), spec.kind), spec.help)
        for spec in strategy.parameters
    ]


def allocation_row(one: AllocationView) -> AllocationRow:
    """Show one account's part."""
    return AllocationRow(
        id=f"{one.account_id}:{one.symbol}",
        account=one.account,
        client=f"{one.client} · {one.exchange.capitalize()}",
        symbol=one.symbol,
        share=format.rate(one.share, places=0),
        equity=format.money(one.equity),
        quantity=format.exact(one.quantity) if one.quantity else "flat",
    )


def choice_row(one: AccountChoice) -> ChoiceRow:
    """Show an account that may be chosen."""
    return ChoiceRow(
        id=str(one.account_id),
        account=one.account,
        client=one.client,
        exchange=f"{one.exchange.capitalize()} · {one.mode}",
        equity=format.money(one.equity),
        ready="ready" if one.is_ready else "waiting",
        held=one.held_by or "",
    )


def stop_text(row: DeploymentRow, *, closes: bool) -> str:
    """Say what stopping a deployment does."""
    end = f"Ends {row.name} for good and releases its {row.accounts} accounts."
    if closes:
        return f"{end} Closes its {row.positions} open positions at market."
    return f"{end} Its {row.positions} open positions stay under their stops and belong to nobody."


def _changes(one: VersionView, before: VersionView | None) -> str:
    if before is None:
        return "First version"
    changed = [
        f"{name}: {before.parameters.get(name, format.EMPTY)} → {value}"
        for name, value in one.parameters.items()
        if before.parameters.get(name) != value
    ]
    return "; ".join(changed) or "Nothing differs"


def _worded(value: str, kind: ParameterKind) -> str:
    if kind is ParameterKind.BOOL:
        return "Yes" if value == "true" else "No"
    return value
