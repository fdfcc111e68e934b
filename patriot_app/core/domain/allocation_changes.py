"""A wish to divide an account otherwise among its strategies: it waits for the next rebalancing."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from patriot_app.core.domain.allocations import Division
from patriot_app.core.domain.risk_limits import EffectiveLimits


class ChangeState(StrEnum):
    WAITING = "waiting"
    APPLIED = "applied"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    REFUSED = "refused"


C = ChangeState
CHANGE_TRANSITIONS: dict[ChangeState, frozenset[ChangeState]] = {
    C.WAITING: frozenset({C.APPLIED, C.WITHDRAWN, C.REPLACED, C.REFUSED}),
    C.APPLIED: frozenset(),
    C.WITHDRAWN: frozenset(),
    C.REPLACED: frozenset(),
    C.REFUSED: frozenset(),
}


class FindingLevel(StrEnum):
    """How much a finding weighs: it forbids the change, orders may be refused, or good to know."""

    REFUSES = "refuses"
    TOUCHES = "touches"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Holding:
    """One strategy of an account as the check needs it.

    Attributes:
        share: of the account's equity now.
        symbols: contracts that it trades there, each with the whole share.
        leverage: that the strategy's orders ask for.
        margin_used: USDT of margin under its open positions.
        least_notional: USDT of the smallest order that the exchange takes on its contracts.
        limits: in force for the account and this strategy.
    """

    deployment_id: UUID
    strategy_id: UUID
    name: str
    share: Decimal
    symbols: int
    leverage: int
    margin_used: Decimal
    least_notional: Decimal
    limits: EffectiveLimits


@dataclass(frozen=True, slots=True)
class Divided:
    """An account with its strategies.

    Attributes:
        equity, day_opening_equity, peak_equity: USDT; None before the first reading.
    """

    account_id: UUID
    client_id: UUID
    label: str
    equity: Decimal | None
    day_opening_equity: Decimal | None
    peak_equity: Decimal | None
    observed_at: datetime | None
    holdings: tuple[Holding, ...]

    @property
    def shares(self) -> dict[UUID, Decimal]:
        """Return the division as it is now."""
        return {one.deployment_id: one.share for one in self.holdings}


@dataclass(frozen=True, slots=True)
class Finding:
    """What the check found; `subject` is the strategy's name, "" for the whole account."""

    level: FindingLevel
    subject: str
    text: str


def check(account: Divided, wanted: Division) -> tuple[Finding, ...]:
    """Tell which limits a division would touch; the gravest first.

    A position at its largest is share x equity x leverage: sizing by the money at risk stays at or
    below it. Touching a limit forbids nothing, since every order is reviewed by itself; what
    forbids is growing while a loss limit is reached.

    Args:
        wanted: a valid division of this account.
    """
    if account.equity is None or account.equity <= 0:
        return (Finding(FindingLevel.REFUSES, "", "The account was never read, or is empty"),)
    equity = account.equity
    found: list[Finding] = []
    for one in account.holdings:
        found += _losses(account, one, grows=wanted[one.deployment_id] > one.share)
        found += _sizes(one, capital=equity * wanted[one.deployment_id], equity=equity)
    found += _together(account, wanted)
    order = list(FindingLevel)
    return tuple(sorted(dict.fromkeys(found), key=lambda one: order.index(one.level)))


def in_words(account: Divided, shares: Division) -> str:
    """Return a division as people read it: each strategy with its share."""
    return ", ".join(
        f"{one.name} {shares[one.deployment_id] * 100:.2f} %"
        for one in account.holdings
        if one.deployment_id in shares
    )


def is_refused(findings: tuple[Finding, ...]) -> bool:
    """Tell whether the check forbids the change."""
    return any(one.level is FindingLevel.REFUSES for one in findings)


def _losses(account: Divided, one: Holding, *, grows: bool) -> list[Finding]:
    if not grows:
        return []
    found = []
    for name, reference, limit in (
        ("today", account.day_opening_equity, one.limits.daily_loss_fraction),
        ("from its peak", account.peak_equity, one.limits.drawdown_fraction),
    ):
        if reference is None or reference <= 0 or account.equity is None:
            continue
        lost = (reference - account.equity) / reference
        if lost >= limit:
            text = (
                f"The account is {lost * 100:.2f} % down {name}; its limit is {limit * 100:.2f} %."
                " No share can grow until it has recovered"
            )
            found.append(Finding(FindingLevel.REFUSES, "", text))
    return found


def _sizes(one: Holding, *, capital: Decimal, equity: Decimal) -> list[Finding]:
    found = []
    largest = capital * one.leverage
    multiple = one.limits.concentration
    for what, limit in (
        ("a position", one.limits.position_notional),
        ("an order", one.limits.order_notional),
        ("a position", None if multiple is None else multiple * equity),
    ):
        if limit is not None and largest > limit:
            text = (
                f"At {one.leverage}x it could ask for {largest:.2f} USDT; {what} above {limit:.2f}"
                " USDT is refused"
            )
            found.append(Finding(FindingLevel.TOUCHES, one.name, text))
    if one.leverage > one.limits.leverage:
        text = f"It asks for {one.leverage}x; more than {one.limits.leverage:.0f}x is refused"
        found.append(Finding(FindingLevel.TOUCHES, one.name, text))
    if largest < one.least_notional:
        text = (
            f"{capital:.2f} USDT at {one.leverage}x is less than the smallest order of"
            f" {one.least_notional:.2f} USDT: it could open nothing"
        )
        found.append(Finding(FindingLevel.TOUCHES, one.name, text))
    if one.margin_used > capital * one.symbols:
        text = (
            f"Its open positions hold {one.margin_used:.2f} USDT of margin, more than the"
            f" {capital * one.symbols:.2f} USDT of its new share. They stay until the strategy closes them"
        )
        found.append(Finding(FindingLevel.NOTE, one.name, text))
    return found


def _together(account: Divided, wanted: Division) -> list[Finding]:
    """Look at all strategies in the market at once."""
    most = sum(
        (wanted[one.deployment_id] * one.leverage * one.symbols for one in account.holdings),
        Decimal(0),
    )
    limit = min(one.limits.leverage for one in account.holdings)
    if most <= limit:
        return []
    text = (
        f"With every strategy in the market the account could carry {most:.1f}x its equity; above"
        f" {limit:.1f}x entries are refused"
    )
    return [Finding(FindingLevel.TOUCHES, "", text)]
