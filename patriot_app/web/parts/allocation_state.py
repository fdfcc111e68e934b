"""The form that divides an account anew: choose, fill in, check, ask; the same for client and desk.

A page's state puts thin handlers with its own permissions on these methods.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.allocations import Division
from patriot_app.core.errors import Invalid, PatriotError
from patriot_app.core.queries import allocations, strategy_returns
from patriot_app.core.queries.allocations import AccountDivision
from patriot_app.core.services import allocation_changes
from patriot_app.web import format
from patriot_app.web.actions import Outcome, perform, toast
from patriot_app.web.auth import current_actor
from patriot_app.web.format import Moment
from patriot_app.web.kit import Choice
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.allocation_rows import (
    FIELDS,
    FindingRow,
    MethodRow,
    PastRow,
    ShareRow,
    changed_words,
    finding_rows,
    past_rows,
    share_rows,
    suggestions,
)


class SharesForm(pydantic.BaseModel):
    """Shares in per cent, by the fields' names; text, so that each field gets its own message."""

    share_0: str = pydantic.Field(default="", max_length=20)
    share_1: str = pydantic.Field(default="", max_length=20)
    share_2: str = pydantic.Field(default="", max_length=20)
    share_3: str = pydantic.Field(default="", max_length=20)
    share_4: str = pydantic.Field(default="", max_length=20)
    reason: str = pydantic.Field(default="", max_length=500)


class AllocationMixin(rx.State, mixin=True):
    """What the form shows; the shares that were checked are kept on the server until they are asked for."""

    choices: list[Choice] = []
    account_id: str = ""
    account: str = ""
    too_many: bool = False
    shares: list[ShareRow] = []
    errors: dict[str, str] = {}
    waiting: str = ""
    next_at: Moment = Moment()
    methods: list[MethodRow] = []
    past: list[PastRow] = []
    changed: str = ""
    findings: list[FindingRow] = []
    refused: bool = False

    _checked: dict[str, str] = {}
    _reason: str = ""
    _version: int = 0
    _filled: dict[str, dict[str, str]] = {}

    async def _show_accounts(self, found: Sequence[AccountDivision]) -> None:
        """Offer accounts; the chosen one stays chosen while it is among them."""
        self.choices = [Choice(str(one.account.account_id), one.account.label) for one in found]
        known = {choice.value for choice in self.choices}
        if self.account_id not in known:
            self.account_id = self.choices[0].value if self.choices else ""
            self._edit_again()
        chosen = [one for one in found if str(one.account.account_id) == self.account_id]
        if chosen:
            await self._show(chosen[0])
        else:
            self.shares, self.methods, self.past, self.waiting = [], [], [], ""

    async def _choose(self, account_id: str) -> None:
        """Look at another of the accounts that are offered."""
        if account_id not in {choice.value for choice in self.choices}:
            return
        found = await allocations.get(current_actor(), id_of(account_id))
        self.account_id = account_id
        self._edit_again()
        await self._show(found)

    async def _check(self, form: SharesForm) -> None:
        """Show what the change would mean; nothing is recorded."""
        self._edit_again()
        try:
            wanted = self._parse(form)
            seen = await allocations.preview(current_actor(), id_of(self.account_id), wanted)
        except Invalid as error:
            by_id = {row.id: row.field for row in self.shares}
            self.errors = {by_id.get(name, name): text for name, text in error.fields.items()}
            return
        except PatriotError as error:
            self.errors = {"": str(error)}
            return
        self.shares = share_rows(seen.account, wanted, version=self._version)
        self.changed, self.findings = changed_words(seen), finding_rows(seen)
        self.refused = seen.is_refused
        self._reason = form.reason.strip()
        self._checked = {str(key): str(share) for key, share in wanted.items()}

    async def _ask_for(self) -> Any:
        """Ask for what was checked."""
        if not self._checked:
            self.errors = {"": "Check the shares first"}
            return None
        wanted = {UUID(key): Decimal(share) for key, share in self._checked.items()}
        outcome = await perform(
            allocation_changes.ask,
            id_of(self.account_id),
            wanted,
            reason=self._reason,
            done="Noted; it holds from the next rebalancing on",
        )
        return await self._after(outcome)

    async def _take_back(self) -> Any:
        """Take back what waits."""
        outcome = await perform(
            allocation_changes.withdraw, id_of(self.account_id), done="Taken back; nothing changes"
        )
        return await self._after(outcome)

    async def _fill_in(self, method: str) -> None:
        """Put a suggestion into the fields; it is neither checked nor asked for by that."""
        if method not in self._filled:
            return
        found = await allocations.get(current_actor(), id_of(self.account_id))
        wanted = {UUID(key): Decimal(share) for key, share in self._filled[method].items()}
        self._edit_again()
        self.shares = share_rows(found.account, wanted, version=self._version)

    def _edit_again(self) -> None:
        """Go back to the fields."""
        self.errors, self.changed, self.findings, self._checked = {}, "", [], {}
        self.refused = False
        self._version += 1

    async def _after(self, outcome: Outcome) -> Any:
        if not outcome.ok:
            self.errors = outcome.fields or {"": outcome.message}
            return None
        self._edit_again()
        await self._show(await allocations.get(current_actor(), id_of(self.account_id)))
        return toast(outcome)

    async def _show(self, found: AccountDivision) -> None:
        actor, now = current_actor(), SystemClock().now()
        account = found.account
        self.account = account.label
        self.too_many = len(account.holdings) > len(FIELDS)
        if not self.changed:
            waiting = None if found.waiting is None else found.waiting.shares
            self.shares = share_rows(account, waiting, version=self._version)
        self.waiting = _words_of(found)
        self.next_at = format.moment(await allocations.next_rebalancing(actor), now=now)
        self.past = past_rows(await allocations.past(actor, account.account_id), now=now)
        returns = await strategy_returns.of_account(actor, account.account_id)
        made = suggestions(account, returns)
        self.methods = [row for row, _ in made]
        self._filled = {
            row.id: {str(key): str(share) for key, share in shares.items()}
            for row, shares in made
            if shares
        }

    def _parse(self, form: SharesForm) -> Division:
        wanted, problems = {}, {}
        for row in self.shares:
            text = str(getattr(form, row.field)).strip().replace(",", ".").removesuffix("%")
            try:
                value = Decimal(text.strip())
            except InvalidOperation:
                value = Decimal("NaN")
            if value.is_finite():
                wanted[UUID(row.id)] = value / 100
            else:
                problems[row.field] = "A number of per cent, such as 40"
        if problems:
            raise Invalid(problems)
        return wanted


def _words_of(found: AccountDivision) -> str:
    if found.waiting is None:
        return ""
    shares = ", ".join(
        f"{one.name} {found.waiting.shares[one.deployment_id] * 100:.2f} %"
        for one in found.account.holdings
        if one.deployment_id in found.waiting.shares
    )
    return f"{shares}, from {found.waiting.effective_at:%Y-%m-%d %H:%M} UTC on"
