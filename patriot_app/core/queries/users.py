"""Clients: lists and details."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor, sees_personal_data
from patriot_app.core.domain.users import mask_email
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import Table, fetch

_SUMS = (
    "LATERAL (SELECT count(*) AS accounts, sum(s.equity) AS equity,"
    " sum(s.unrealised_pnl) AS unrealised_pnl, sum(s.equity - s.day_opening_equity) AS day_profit,"
    " CASE WHEN sum(s.peak_equity) > 0 THEN"
    " greatest(0, 1 - sum(s.equity) / sum(s.peak_equity)) END AS drawdown,"
    " bool_or(a.mode = 'live') AS has_live FROM accounts AS a"
    " LEFT JOIN account_states AS s ON s.account_id = a.id WHERE a.client_id = u.id)"
)
_MANDATES = (
    "LATERAL (SELECT count(*) AS mandates FROM mandates AS m"
    " WHERE m.client_id = u.id AND m.ends_at IS NULL)"
)
_COLUMNS = (
    "u.id, u.name, u.email, u.status, u.status_reason, u.risk_profile, u.is_demo, u.created_at,"
    " u.approved_at, sums.accounts, signed.mandates, coalesce(sums.has_live, false), sums.equity,"
    " sums.unrealised_pnl, sums.day_profit, sums.drawdown"
)
_SOURCE = f"users AS u LEFT JOIN {_SUMS} AS sums ON true LEFT JOIN {_MANDATES} AS signed ON true"
_TABLE = Table(
    columns=_COLUMNS,
    source=_SOURCE,
    counted="users AS u",
    sorts={
        "name": "u.name",
        "email": "u.email",
        "status": "u.status",
        "accounts": "sums.accounts",
        "equity": "sums.equity",
        "unrealised_pnl": "sums.unrealised_pnl",
        "day_profit": "sums.day_profit",
        "drawdown": "sums.drawdown",
        "created_at": "u.created_at",
    },
    filters={
        "status": "u.status = :status",
        "risk_profile": "u.risk_profile = :risk_profile",
        "entered_within": "u.created_at > now() - CASE CAST(:entered_within AS text)"
        " WHEN '7' THEN interval '7 days' WHEN '30' THEN interval '30 days'"
        " WHEN '90' THEN interval '90 days' END",
    },
    search="u.name ILIKE :pattern OR u.email ILIKE :pattern OR u.id::text = :search",
    default="u.name, u.id",
    always="'customer' = ANY(u.roles)",
)
_DETAIL = text(
    f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE u.id = :id AND 'customer' = ANY(u.roles)"  # noqa: S608
)
_PERSON = text(
    "SELECT (SELECT max(last_seen_at) FROM sessions WHERE user_id = :id) AS last_seen_at,"
    " risk_profile_wish, wish_justification, terms_version, terms_agreed_at,"
    " (SELECT c.email FROM email_changes AS c WHERE c.user_id = :id AND c.used_at IS NULL"
    " AND c.expires_at > now() ORDER BY c.created_at DESC, c.id DESC LIMIT 1) AS email_wished"
    " FROM users WHERE id = :id"
)


@dataclass(frozen=True, slots=True)
class ClientSummary:
    """One line of the clients table; money in USDT over all his accounts."""

    id: UUID
    name: str
    email: str
    status: str
    status_reason: str
    risk_profile: str
    is_demo: bool
    created_at: datetime
    approved_at: datetime | None
    accounts: int
    mandates: int
    has_live: bool
    equity: Decimal | None
    unrealised_pnl: Decimal | None
    day_profit: Decimal | None
    drawdown_fraction: Decimal | None


@dataclass(frozen=True, slots=True)
class ClientDetail:
    """One client; his accounts, mandates and events have queries of their own.

    Attributes:
        risk_profile_wish: another profile that he asked for, None if he did not.
        email_wished: an address that he asked for and that nobody confirmed yet; always masked.
    """

    summary: ClientSummary
    last_seen_at: datetime | None
    risk_profile_wish: str | None
    wish_justification: str
    terms_version: str
    terms_agreed_at: datetime | None
    email_wished: str | None


async def page(actor: Actor, request: PageRequest) -> Page[ClientSummary]:
    """Return one page of clients; addresses are masked for who may not see them in clear.

    Filters: status, risk_profile, entered_within (7, 30 or 90 days). Search: name, e-mail, id.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(_shown_to(actor, ClientSummary(*row)) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def detail(actor: Actor, client_id: UUID) -> ClientDetail:
    """Return one client; his address is masked for who may not see it in clear.

    Raises:
        NotFound: there is none.
    """
    async with desk_reading(actor) as session:
        row = (await session.execute(_DETAIL, {"id": client_id})).one_or_none()
        if row is None:
            raise NotFound(f"There is no client {client_id}")
        person = (await session.execute(_PERSON, {"id": client_id})).one()
    found = ClientDetail(_shown_to(actor, ClientSummary(*row)), *person)
    wished = found.email_wished
    return found if wished is None else replace(found, email_wished=mask_email(wished))


def _shown_to(actor: Actor, client: ClientSummary) -> ClientSummary:
    if sees_personal_data(actor):
        return client
    return replace(client, email=mask_email(client.email))
