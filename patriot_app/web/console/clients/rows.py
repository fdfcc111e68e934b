"""The clients' lines and one client's facts, all text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.queries.accounts import AccountSummary
from patriot_app.core.queries.mandates import MandateView
from patriot_app.core.queries.users import ClientDetail, ClientSummary
from patriot_app.web import format
from patriot_app.web.format import Figure, Moment
from patriot_app.web.parts.addresses_wished import wished_text
from patriot_app.web.parts.terms import in_words
from patriot_app.web.theme import Tone

STATUSES: dict[str, tuple[Tone, str]] = {
    "pending_verification": ("warning", "Awaits approval"),
    "active": ("positive", "Active"),
    "suspended": ("danger", "Suspended"),
    "closed": ("neutral", "Closed"),
}
PROFILES = {"low": "Low", "medium": "Medium", "high": "High", "ultra_high": "Ultra high"}


@dataclass(frozen=True, slots=True)
class ClientRow:
    """One line of the table."""

    id: str = ""
    name: str = ""
    email: str = ""
    status: str = ""
    reason: str = ""
    kind: str = ""
    profile: str = ""
    accounts: str = ""
    mandates: str = ""
    equity: Figure = field(default_factory=Figure)
    unrealised: Figure = field(default_factory=Figure)
    day: Figure = field(default_factory=Figure)
    drawdown: Figure = field(default_factory=Figure)
    since: Moment = field(default_factory=Moment)


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """What the drawer states beside the row.

    Attributes:
        wish: what he asked the desk for, empty if nothing.
    """

    approved: Moment = field(default_factory=Moment)
    last_seen: str = ""
    terms: str = ""
    wish: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """One of a client's accounts."""

    id: str
    label: str
    exchange: str
    status: str
    key: str
    equity: Figure
    day: Figure
    drawdown: Figure


@dataclass(frozen=True, slots=True)
class MandateRow:
    """One agreement."""

    id: str
    name: str
    accounts: str
    terms: str
    span: str
    status: str


MANDATE_STATUSES: dict[str, tuple[Tone, str]] = {
    "running": ("positive", "In force"),
    "ended": ("neutral", "Ended"),
}


def client_row(client: ClientSummary, *, now: datetime) -> ClientRow:
    """Show one client."""
    return ClientRow(
        id=str(client.id),
        name=client.name,
        email=client.email,
        status=client.status,
        reason=client.status_reason,
        kind="Demo tenant" if client.is_demo else "Live" if client.has_live else "Simulated",
        profile=PROFILES.get(client.risk_profile, client.risk_profile),
        accounts=format.count(client.accounts),
        mandates=format.count(client.mandates),
        equity=format.money(client.equity),
        unrealised=format.profit(client.unrealised_pnl),
        day=format.profit(client.day_profit),
        drawdown=format.rate(client.drawdown_fraction),
        since=format.moment(client.created_at, now=now),
    )


def client_facts(detail: ClientDetail, *, now: datetime) -> ClientFacts:
    """Show the rest of one client."""
    return ClientFacts(
        approved=format.moment(detail.summary.approved_at, now=now),
        last_seen=format.moment(detail.last_seen_at, now=now).ago
        if detail.last_seen_at
        else "Never signed in",
        terms=_terms(detail),
        wish=_wish(detail),
        address=wished_text(detail.email_wished),
    )


def own_account(account: AccountSummary) -> OwnAccount:
    """Show one account of a client."""
    return OwnAccount(
        id=str(account.id),
        label=account.label,
        exchange=f"{account.exchange.capitalize()} · {account.mode}",
        status="parked" if account.parked_reason else account.status,
        key=account.key_status or "none",
        equity=format.money(account.equity),
        day=format.profit(account.day_profit),
        drawdown=format.rate(account.drawdown_fraction),
    )


def mandate_row(mandate: MandateView) -> MandateRow:
    """Show one agreement; its times are the market's."""
    end = f"{mandate.ends_at:%Y-%m-%d}" if mandate.ends_at else "open"
    return MandateRow(
        id=str(mandate.id),
        name=mandate.name,
        accounts=format.joined(mandate.accounts),
        terms=in_words(mandate.terms[0]) if mandate.terms else format.EMPTY,
        span=f"{mandate.starts_at:%Y-%m-%d} to {end}",
        status="ended" if mandate.ends_at else "running",
    )


def suspend_text(row: ClientRow, accounts: Sequence[OwnAccount]) -> str:
    """Say what suspending a client does."""
    return (
        f"Ends every session of {row.name}. His {format.plural(len(accounts), 'account')} "
        f"with {row.equity.text} {row.equity.unit} and their stops stay as they are."
    )


def _terms(detail: ClientDetail) -> str:
    if detail.terms_agreed_at is None:
        return "Never asked"
    return f"{detail.terms_version}, {detail.terms_agreed_at:%Y-%m-%d %H:%M} UTC"


def _wish(detail: ClientDetail) -> str:
    if detail.risk_profile_wish is None:
        return ""
    wanted = PROFILES.get(detail.risk_profile_wish, detail.risk_profile_wish)
    return f"He asks for the risk profile {wanted}: {detail.wish_justification}"
