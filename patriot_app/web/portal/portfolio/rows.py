"""A client's own money, all text."""

from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.domain.onboarding import Onboarding, is_complete, steps
from patriot_app.core.domain.users import UserStatus
from patriot_app.core.queries.accounts import AccountSummary
from patriot_app.core.queries.portfolio import Portfolio
from patriot_app.core.queries.positions import PositionSummary
from patriot_app.web import format
from patriot_app.web.format import Figure, Moment
from patriot_app.web.theme import Tone

STATES: dict[str, tuple[Tone, str]] = {
    "trading": ("positive", "Trading"),
    "preparing": ("info", "Preparing"),
    "key": ("warning", "Needs a key"),
    "paused": ("neutral", "Paused"),
    "parked": ("danger", "Stopped"),
}


STEPS: dict[str, tuple[Tone, str]] = {
    "done": ("positive", "Done"),
    "now": ("info", "Your turn"),
    "waiting": ("neutral", "Waiting"),
    "problem": ("danger", "Needs you"),
    "later": ("neutral", "Later"),
}


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step on the way to the first trade."""

    id: str
    title: str
    words: str
    state: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures at the top."""

    equity: Figure = field(default_factory=Figure)
    day: Figure = field(default_factory=Figure)
    month: Figure = field(default_factory=Figure)
    profit: Figure = field(default_factory=Figure)
    open_profit: Figure = field(default_factory=Figure)
    drawdown: Figure = field(default_factory=Figure)
    available: Figure = field(default_factory=Figure)
    accounts: str = ""
    observed: Moment = field(default_factory=Moment)


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """One of his accounts."""

    id: str
    label: str
    exchange: str
    state: str
    why: str
    equity: Figure
    day: Figure


@dataclass(frozen=True, slots=True)
class Holding:
    """One open position in a line."""

    id: str
    symbol: str
    account: str
    side: str
    notional: Figure
    profit: Figure


def step_rows(known: Onboarding) -> list[StepRow]:
    """Show the way to the first trade; nothing once it is behind him."""
    if is_complete(known) or known.status is UserStatus.SUSPENDED:
        return []
    return [StepRow(one.name, one.title, one.words, one.state.value) for one in steps(known)]


def summary(portfolio: Portfolio, *, now: datetime) -> Summary:
    """Show the whole of a client's money."""
    return Summary(
        equity=format.money(portfolio.equity),
        day=format.profit(portfolio.day_profit),
        month=format.profit(portfolio.month_profit),
        profit=format.profit(portfolio.booked_profit),
        open_profit=format.profit(portfolio.unrealised_pnl),
        drawdown=format.rate(portfolio.drawdown_fraction),
        available=format.money(portfolio.available_balance),
        accounts=format.plural(portfolio.accounts, "account"),
        observed=format.moment(portfolio.observed_at, now=now),
    )


def own_account(account: AccountSummary) -> OwnAccount:
    """Show one account to its owner."""
    state, why = _state(account)
    return OwnAccount(
        id=str(account.id),
        label=account.label,
        exchange=f"{account.exchange.capitalize()} · {account.mode}",
        state=state,
        why=why,
        equity=format.money(account.equity),
        day=format.profit(account.day_profit),
    )


def holding(position: PositionSummary) -> Holding:
    """Show one open position."""
    return Holding(
        id=f"{position.account_id}:{position.symbol}:{position.position_side}",
        symbol=position.symbol,
        account=f"{position.account} · {position.exchange.capitalize()}",
        side="long" if position.quantity > 0 else "short",
        notional=format.money(abs(position.notional)),
        profit=format.profit(position.unrealised_pnl),
    )


def _state(account: AccountSummary) -> tuple[str, str]:
    if account.key_status not in ("verified", "submitted", "waiting"):
        return "key", "Connect a key so that it can trade."
    if account.parked_reason:
        return "parked", account.parked_reason
    if account.status != "active":
        return "paused", account.status_reason
    return ("trading", "") if account.is_ready else ("preparing", account.not_ready_reason)
