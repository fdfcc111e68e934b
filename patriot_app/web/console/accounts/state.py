"""Accounts and keys: are they ready to trade, and what is to be done if not."""

from secrets import token_hex
from typing import Any
from uuid import UUID

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.commands import COMMAND_TRANSITIONS
from patriot_app.core.domain.egress import parse_addresses
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import accounts as account_queries
from patriot_app.core.queries import commands as command_queries
from patriot_app.core.queries import events as event_queries
from patriot_app.core.queries import portfolio as portfolio_queries
from patriot_app.core.queries import reconciliation as reconciliation_queries
from patriot_app.core.queries import users as user_queries
from patriot_app.core.queries.page import PAGE_SIZE_MAX, PageRequest
from patriot_app.core.services import accounts, credentials, desk_orders
from patriot_app.core.settings import get_settings
from patriot_app.web import live
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform
from patriot_app.web.auth import current_actor, demand, requires
from patriot_app.web.console.accounts.rows import (
    AccountFacts,
    AccountRow,
    SyncRow,
    account_facts,
    account_row,
    key_rows,
    sync_row,
)
from patriot_app.web.console.accounts.unlinking import CODE_BYTES, unlink
from patriot_app.web.kit import Choice, Plot, TimelineEntry, plot
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.history import timeline_entries
from patriot_app.web.parts.keys import KeyRow, bind_text
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.table_state import TableMixin

TOPICS = "accounts equity positions commands"
ACTS = {
    "suspend": (accounts.suspend, "Account suspended"),
    "activate": (accounts.activate, "Account active"),
    "disable": (accounts.disable, "Account disabled"),
}
NEEDED = {
    "suspend": Permission.ACCOUNTS_PAUSE,
    "activate": Permission.ACCOUNTS_RESUME,
    "disable": Permission.ACCOUNTS_WRITE,
}
"""Stopping is easier than letting go on."""
CONSEQUENCES = {
    "suspend": "Opens nothing more on it. Exits and stops go on; positions stay.",
    "activate": "Strategies may trade on it again from the next signal on.",
    "disable": "Nothing at all is done on it any more. Refused while a position or order is open.",
}


class AccountsState(TableMixin, DialogMixin, rx.State):
    """Rows and the open account with its keys."""

    rows: list[AccountRow] = []
    account: AccountRow = AccountRow()
    facts: AccountFacts = AccountFacts()
    key: KeyRow = KeyRow()
    earlier: list[KeyRow] = []
    chart: Plot = Plot()
    history: list[TimelineEntry] = []
    clients: list[Choice] = []
    runs: list[SyncRow] = []
    check_failed: str = ""
    bind_to: str = ""
    narrowed: bool = False
    blocked: str = ""
    blocked_move: str = ""
    blocked_pause: str = ""
    blocked_resume: str = ""
    blocked_keys: str = ""
    blocked_revoke: str = ""

    _filter_names = ("exchange", "mode", "status", "key", "ready", "parked", "client_id")

    @rx.event
    @requires(Permission.ACCOUNTS_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.narrowed = bool(self.filters.get("client_id"))
        self.blocked = lacking(Permission.ACCOUNTS_WRITE)
        self.blocked_move = lacking(Permission.ACCOUNTS_MOVE)
        self.blocked_pause = lacking(Permission.ACCOUNTS_PAUSE)
        self.blocked_resume = lacking(Permission.ACCOUNTS_RESUME)
        self.blocked_keys = lacking(Permission.CREDENTIALS_WRITE)
        self.blocked_revoke = lacking(Permission.CREDENTIALS_REVOKE)
        try:
            page = await self._read(account_queries.page, self._page_request())
            now = SystemClock().now()
            self._accept(page, [account_row(item, now=now) for item in page.items])
            await self._load_account()
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.CREDENTIALS_WRITE)
    async def open_connect(self) -> None:
        """Open the form for a new account; its secrets never come here."""
        page = await user_queries.page(current_actor(), PageRequest(size=PAGE_SIZE_MAX))
        self.clients = [
            Choice(str(one.id), f"{one.name} · {one.email}")
            for one in page.items
            if one.status != "closed"
        ]
        self.bind_to = bind_text(parse_addresses(get_settings().egress_addresses))
        self._open_form("connect")

    @rx.event
    @requires(Permission.CREDENTIALS_WRITE)
    def open_replace(self) -> None:
        """Open the form for another key of the open account."""
        self.bind_to = bind_text(
            parse_addresses(get_settings().egress_addresses), local=self.facts.bound_address
        )
        self._open_form("replace")

    @rx.event
    @requires(Permission.CREDENTIALS_WRITE)
    async def check_again(self) -> Any:
        """Ask the daemon to check the open account's key now."""
        outcome = await perform(
            credentials.verify_again,
            UUID(self.account.id),
            idempotency_key=Ask().token,
            done="Checking the key",
            is_command=True,
        )
        return self._settle(outcome)

    @rx.event
    @requires(Permission.ACCOUNTS_WRITE)
    async def sync(self, kind: str) -> Any:
        """Have the open account read afresh; the report appears in the list."""
        outcome = await perform(
            desk_orders.sync_account,
            UUID(self.account.id),
            kind=kind,
            idempotency_key=Ask().token,
            done="Reading the account",
            is_command=True,
        )
        return self._settle(outcome)

    @rx.event
    @requires(Permission.ACCOUNTS_PAUSE)
    def ask_act(self, act: str) -> None:
        """Ask before the open account's status is changed."""
        if act in CONSEQUENCES:
            demand(NEEDED[act])
            self._ask(
                Ask(
                    act=act,
                    subject=self.account.id,
                    title=f"{act.capitalize()} {self.account.label}?",
                    consequence=CONSEQUENCES[act],
                    confirm_label=f"{act.capitalize()} account",
                )
            )

    @rx.event
    @requires(Permission.ACCOUNTS_PAUSE, Confirmation)
    async def confirm(self, form: Confirmation) -> Any:
        """Change the status that was asked about."""
        if self.ask.act not in ACTS or not self._confirmed(form):
            return None
        demand(NEEDED[self.ask.act])
        service, done = ACTS[self.ask.act]
        outcome = await perform(service, UUID(self.ask.subject), reason=form.reason, done=done)
        return self._settle(outcome)

    @rx.event
    @requires(Permission.CREDENTIALS_REVOKE)
    def ask_revoke(self) -> None:
        """Ask before the open account's key is destroyed."""
        self._ask(
            Ask(
                act="revoke",
                subject=self.key.id,
                title=f"Revoke the key {self.key.masked}?",
                consequence=f"Destroys our copy for good; {self.account.label} cannot trade, exit"
                f" or move stops until another key is connected. It holds"
                f" {self.account.positions} open positions.",
                confirm_label="Revoke key",
            )
        )

    @rx.event
    @requires(Permission.CREDENTIALS_REVOKE, Confirmation)
    async def revoke(self, form: Confirmation) -> Any:
        """Destroy the key that was asked about."""
        if not self._confirmed(form):
            return None
        outcome = await perform(
            credentials.revoke, id_of(self.ask.subject), reason=form.reason, done="Key revoked"
        )
        return self._settle(outcome)

    @rx.event
    @requires(Permission.CREDENTIALS_REVOKE)
    def ask_unlink(self) -> None:
        """Ask before the open account is given up; a code must be typed."""
        demand(Permission.ACCOUNTS_WRITE)
        self._ask(
            Ask(
                act="unlink",
                subject=self.account.id,
                title=f"Unlink {self.account.label}?",
                consequence="Disables the account and destroys our copies of its keys. Refused while"
                " a position or order is open. Its history stays.",
                confirm_label="Unlink account",
                phrase=token_hex(CODE_BYTES),
            )
        )

    @rx.event
    @requires(Permission.CREDENTIALS_REVOKE, Confirmation)
    async def unlink(self, form: Confirmation) -> Any:
        """Give up the account that was asked about."""
        demand(Permission.ACCOUNTS_WRITE)
        if self.ask.act != "unlink" or not self._confirmed(form):
            return None
        account_id = id_of(self.ask.subject)
        detail = await account_queries.detail(current_actor(), account_id)
        kept = [key.id for key in detail.keys if key.status not in ("revoked", "rejected")]
        outcome = await perform(
            unlink, account_id, kept, reason=form.reason, done="Account unlinked"
        )
        return self._settle(outcome)

    async def _load_account(self) -> None:
        if not self.open_id:
            return
        account_id, now = id_of(self.open_id), SystemClock().now()
        try:
            detail = await self._read(account_queries.detail, account_id)
        except NotFound:
            self.open_id = ""
            return
        self.account = account_row(detail.summary, now=now)
        self.facts = account_facts(detail, now=now)
        keys = key_rows(detail, now=now)
        current = next((one for one in keys if one.id == self.account.key_id), None)
        newest = keys[0] if keys else KeyRow()
        # A key that was just refused is what the person waits for, also while an older one works.
        self.key = (
            newest if newest.status in ("submitted", "waiting", "rejected") else current or newest
        )
        self.earlier = [one for one in keys if one.id != self.key.id]
        curve = await self._read(portfolio_queries.equity_curve, account_id=account_id)
        self.chart = plot([(point.at, point.equity) for point in curve])
        events = await event_queries.timeline(current_actor(), account_id)
        self.history = timeline_entries(events, now=now)
        runs = await self._read(reconciliation_queries.sync_runs, account_id)
        self.runs = [sync_row(run, now=now) for run in runs]
        self.check_failed = await self._failed_check()

    async def _failed_check(self) -> str:
        """Return why the check that the address names did not come to an answer."""
        command_id = self._query().get("command", "")
        if not command_id or self.key.status != "submitted":
            return ""
        try:
            command = await command_queries.get(current_actor(), id_of(command_id))
        except NotFound:
            return ""
        return "" if COMMAND_TRANSITIONS[command.status] else command.error

    async def _read(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        actor = current_actor()
        return await live.shared(live.scope_of(actor), TOPICS, query, actor, *args, **kwargs)
