"""How an account is divided among strategies, as text: now, asked for, suggested."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.allocation_changes import Divided, FindingLevel
from patriot_app.core.domain.allocations import STRATEGIES_PER_ACCOUNT_MAX, Division, fitted
from patriot_app.core.domain.measures import Floats, as_floats
from patriot_app.core.domain.suggested_weights import Method, suggest
from patriot_app.core.queries.allocations import ChangePreview, PastChange
from patriot_app.web import format
from patriot_app.web.format import Figure, Moment
from patriot_app.web.parts.returns import shown
from patriot_app.web.theme import Tone

CHANGES: dict[str, tuple[Tone, str]] = {
    "waiting": ("info", "Waiting"),
    "applied": ("positive", "Applied"),
    "withdrawn": ("neutral", "Taken back"),
    "replaced": ("neutral", "Replaced"),
    "refused": ("danger", "Refused"),
}
FINDINGS: dict[str, tuple[Tone, str]] = {
    FindingLevel.REFUSES.value: ("danger", "Forbids it"),
    FindingLevel.TOUCHES.value: ("warning", "Touches a limit"),
    FindingLevel.NOTE.value: ("info", "Good to know"),
}
FIELDS = tuple(f"share_{number}" for number in range(STRATEGIES_PER_ACCOUNT_MAX))
METHODS = {
    Method.EQUAL_WEIGHT: "Equal shares",
    Method.RISK_PARITY: "By even risk",
    Method.SHARPE: "By return per risk",
}


@dataclass(frozen=True, slots=True)
class ShareRow:
    """One strategy of the account; `wanted` is what its field starts with, in per cent."""

    id: str
    field: str
    name: str
    now: str
    capital: Figure
    wanted: str
    key: str


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One line of the risk check."""

    id: str
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class MethodRow:
    """One suggestion with its error: the Sharpe ratio promised, and kept on days it had not seen."""

    id: str
    name: str
    shares: str
    promised: Figure
    kept: Figure
    note: str
    offered: bool


@dataclass(frozen=True, slots=True)
class PastRow:
    """One wish and what became of it."""

    id: str
    asked: Moment
    shares: str
    state: str
    outcome: str


def share_rows(
    account: Divided, wanted: Division | None = None, *, version: int = 0
) -> list[ShareRow]:
    """Show the strategies of an account; more than may be divided are left out."""
    shares = wanted or account.shares
    return [
        ShareRow(
            id=str(one.deployment_id),
            field=field,
            name=one.name,
            now=f"{one.share * 100:.2f} %",
            capital=format.money(None if account.equity is None else account.equity * one.share),
            wanted=f"{shares.get(one.deployment_id, one.share) * 100:.2f}",
            key=f"{account.account_id}:{field}:{version}",
        )
        for field, one in zip(FIELDS, account.holdings, strict=False)
    ]


def finding_rows(preview: ChangePreview) -> list[FindingRow]:
    """Show what the risk check found."""
    return [
        FindingRow(
            str(number), one.level.value, f"{one.subject}: {one.text}" if one.subject else one.text
        )
        for number, one in enumerate(preview.findings)
    ]


def changed_words(preview: ChangePreview) -> str:
    """Say what would differ, strategy by strategy, in per cent and money."""
    equity = preview.account.equity or Decimal(0)
    return "; ".join(
        f"{one.name} {one.share * 100:.2f} % to {wanted * 100:.2f} %"
        f" ({equity * one.share:,.2f} to {equity * wanted:,.2f} USDT)"
        for one in preview.account.holdings
        if (wanted := preview.shares[one.deployment_id]) != one.share
    )


def past_rows(past: Sequence[PastChange], *, now: datetime) -> list[PastRow]:
    """Show the newest wishes of an account."""
    return [
        PastRow(
            str(one.id), format.moment(one.asked_at, now=now), one.shares, one.state, one.outcome
        )
        for one in past
    ]


def suggestions(
    account: Divided, returns: Mapping[UUID, Mapping[date, Decimal]]
) -> list[tuple[MethodRow, dict[UUID, Decimal]]]:
    """Return each method's suggestion for an account, with the shares that it would fill in.

    Args:
        returns: by strategy and day; only days that all strategies have count.
    """
    held = {one.strategy_id: returns.get(one.strategy_id, {}) for one in account.holdings}
    days: set[date] = set.intersection(*map(set, held.values())) if held else set()
    common = {
        str(key): as_floats([dated[day] for day in sorted(days)]) for key, dated in held.items()
    }
    return [_suggestion(account, method, common) for method in METHODS]


def _suggestion(
    account: Divided, method: Method, common: Mapping[str, Floats]
) -> tuple[MethodRow, dict[UUID, Decimal]]:
    made = suggest(method, common)
    if not made.shares:
        row = MethodRow(
            method.value, METHODS[method], format.EMPTY, Figure(), Figure(), made.why, False
        )
        return row, {}
    per_strategy = [one.strategy_id for one in account.holdings]
    raw = {
        one.deployment_id: made.shares.get(str(one.strategy_id), Decimal(0))
        / per_strategy.count(one.strategy_id)
        for one in account.holdings
    }
    shares = fitted(raw, account.shares)
    words = ", ".join(
        f"{one.name} {shares[one.deployment_id] * 100:.2f} %" for one in account.holdings
    )
    why = made.promised.why or made.kept.why
    row = MethodRow(
        method.value, METHODS[method], words, shown(made.promised), shown(made.kept), why, True
    )
    return row, shares
