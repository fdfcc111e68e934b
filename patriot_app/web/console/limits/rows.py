"""The addresses' lines, all text."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from patriot_app.core.domain.rate_budgets import READ_WITHIN_S, read_all_s
from patriot_app.core.queries.rate_budgets import RateBudget, RateSummary
from patriot_app.web import format
from patriot_app.web.format import Figure, Moment
from patriot_app.web.parts.keys import EXCHANGES
from patriot_app.web.theme import Tone

STATES: dict[str, tuple[Tone, str]] = {
    "open": ("positive", "Open"),
    "tight": ("warning", "Entries wait"),
    "silent": ("danger", "Must be silent"),
    "stale": ("neutral", "Not heard of"),
}
STALE_S = 15
ANY_ADDRESS = "The machine's own"


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One address at one exchange."""

    id: str
    exchange: str
    address: str
    state: str
    used: Figure
    shares: str
    waiting: str
    silent: str
    accounts: Figure
    reading: Figure
    connections: Figure
    opened: Figure
    risk: str
    fan_out: str
    told: Moment


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures at the top of the page."""

    addresses: str = ""
    accounts: str = ""
    used: Figure = field(default_factory=Figure)
    silent: Figure = field(default_factory=Figure)
    waiting: str = ""
    fan_out: str = ""


def totals(summary: RateSummary) -> Totals:
    """Show all addresses together."""
    share = summary.used_share_max
    return Totals(
        addresses=format.count(summary.addresses),
        accounts=f"{format.count(int(summary.accounts))} accounts",
        used=Figure() if share is None else Figure(text=f"{share:.0%}", tone=_tone(share)),
        silent=Figure(
            text=format.count(summary.silent), tone="negative" if summary.silent else "neutral"
        ),
        waiting=format.count(int(summary.waiting)),
        fan_out=_seconds(summary.fan_out_s),
    )


def budget_row(budget: RateBudget, *, now: datetime) -> BudgetRow:
    """Show one address."""
    return BudgetRow(
        id=f"{budget.process}:{budget.exchange}:{budget.mode}:{budget.address}",
        exchange=f"{EXCHANGES.get(budget.exchange, budget.exchange)} · {budget.mode}",
        address=budget.address or ANY_ADDRESS,
        state=_state(budget, now=now),
        used=Figure(
            text=f"{budget.used:,.0f} / {budget.budget:,.0f} in {budget.window_s:.0f} s",
            tone=_tone(budget.used / budget.budget),
        ),
        shares=f"{budget.reserve:,.0f} for exits, {budget.margin:,.0f} never",
        waiting=_waiting(budget),
        silent=_seconds(budget.silent_s) if budget.silent_s > 0 else format.EMPTY,
        accounts=_of(budget.accounts, budget.accounts_max),
        reading=_reading(budget),
        connections=_of(budget.connections, budget.connections_max),
        opened=Figure(text=format.EMPTY)
        if budget.opened is None or budget.opened_max is None
        else _of(budget.opened, budget.opened_max),
        risk=_risk(budget),
        fan_out=_seconds(budget.fan_out_s),
        told=format.moment(budget.told_at, now=now),
    )


def _state(budget: RateBudget, *, now: datetime) -> str:
    if (now - budget.told_at).total_seconds() > STALE_S:
        return "stale"
    if budget.silent_s > 0:
        return "silent"
    room = budget.budget - budget.margin - budget.reserve
    return "tight" if budget.used >= room else "open"


def _waiting(budget: RateBudget) -> str:
    lanes = [
        ("exits", budget.waiting_exit),
        ("look-ups", budget.waiting_resolution),
        ("take-overs", budget.waiting_take_over),
        ("entries", budget.waiting_entry),
        ("background", budget.waiting_background),
    ]
    said = [f"{count:.0f} {name}" for name, count in lanes if count]
    return ", ".join(said) or "nobody"


def _reading(budget: RateBudget) -> Figure:
    """Say how soon all accounts are read afresh, as they must be after a take-over, and warn."""
    if budget.read_at_once is None:
        return Figure(text=format.EMPTY)
    at_once = int(budget.read_at_once)
    seconds = read_all_s(
        accounts=int(budget.accounts), at_once=at_once, window_s=float(budget.window_s)
    )
    if seconds == 0:
        return Figure(text="all at once")
    is_late = seconds > READ_WITHIN_S
    return Figure(
        text=f"{at_once} at once, all in {seconds:.0f} s", tone="negative" if is_late else "neutral"
    )


def _risk(budget: RateBudget) -> str:
    if budget.risk_account is None or budget.risk_limit is None:
        return "no account is near"
    name = budget.risk_label or format.short_id(str(budget.risk_account))
    return (
        f"{name}: {budget.risk_used:.0f} / {budget.risk_limit:.0f} in {budget.risk_window_s:.0f} s"
    )


def _of(count: Decimal, most: Decimal) -> Figure:
    tone = "negative" if count > most else "neutral"
    return Figure(text=f"{count:.0f} / {most:.0f}", tone=tone)


def _tone(share: Decimal) -> str:
    return "negative" if share > Decimal("0.8") else "neutral"


def _seconds(seconds: Decimal | None) -> str:
    if seconds is None:
        return format.EMPTY
    return "at once" if seconds == 0 else f"{seconds:,.1f} s"
