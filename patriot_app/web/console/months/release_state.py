"""Releasing a held month: which of its accounts lack what, and the two proposals that lead on."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import pydantic
import reflex as rx

from patriot_app.core import four_eyes
from patriot_app.core.domain.boundary_values import EVIDENCE_LENGTH_MIN
from patriot_app.core.domain.money import round_cent_half_even
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.domain.proposals import Change, ProposalKind
from patriot_app.core.queries import held_months
from patriot_app.core.queries.held_months import HeldAccount
from patriot_app.web import format
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform, say
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.parts.proposing import proposed
from patriot_app.web.parts.statements import MonthRow


@dataclass(frozen=True, slots=True)
class HeldRow:
    """One account of a held month.

    Attributes:
        lacks: what nobody can make up for, in words; "" where nothing is to be decided.
        last_value: of its open positions, as it was last measured.
        may_value, may_leave: which way leads on.
        proved_until: the last moment that its rows explain.
    """

    id: str = ""
    label: str = ""
    lacks: str = ""
    last_value: str = ""
    may_value: bool = False
    may_leave: bool = False
    proved_until: str = ""


class ValueForm(pydantic.BaseModel):
    """What open positions were worth at the end of a month."""

    unrealised_pnl: Decimal
    evidence: str = pydantic.Field(min_length=EVIDENCE_LENGTH_MIN, max_length=1_000)
    reason: str = pydantic.Field(min_length=5, max_length=1_000)

    @pydantic.field_validator("unrealised_pnl", mode="before")
    @classmethod
    def _ungrouped(cls, value: object) -> object:
        return value.replace(",", "").replace("−", "-") if isinstance(value, str) else value


class ReleaseMixin(DialogMixin, mixin=True):
    """What of an open month a person may decide."""

    month: MonthRow = MonthRow()
    held: list[HeldRow] = []
    held_account: HeldRow = HeldRow()
    blocked_release: str = ""

    @rx.event
    @requires(Permission.FEE_TERMS_WRITE)
    def ask_value(self, account_id: str) -> Any:
        """Open the form for what an account's positions were worth at the end."""
        found = self._held_row(account_id)
        if found is None or not found.may_value:
            return say("Nothing of this account has to be valued", tone="danger")
        self.held_account = found
        self._open_form("value")
        return None

    @rx.event
    @requires(Permission.FEE_TERMS_WRITE, ValueForm)
    async def value_account(self, form: ValueForm) -> Any:
        """Propose what the positions of the account that was asked about were worth."""
        if self.form != "value" or self._held_row(self.held_account.id) is None:
            return None
        worth = round_cent_half_even(form.unrealised_pnl)
        return await self._release(
            ProposalKind.VALUE_ACCOUNT,
            {"unrealised_pnl": str(form.unrealised_pnl), "evidence": form.evidence},
            [
                Change("Open profit at the end", "not measured", f"{worth:,.2f} USDT"),
                Change("Evidence", "", form.evidence),
            ],
            reason=form.reason,
            done="Valued; the month is computed again within ten minutes",
        )

    @rx.event
    @requires(Permission.FEE_TERMS_WRITE)
    def ask_leave(self, account_id: str) -> Any:
        """Ask before an account is left out after its last proved day."""
        found = self._held_row(account_id)
        if found is None or not found.may_leave:
            return say("Nothing of this account has to be left out", tone="danger")
        self.held_account = found
        self._ask(
            Ask(
                act="leave",
                subject=found.id,
                title=f"Leave {found.label} out from {found.proved_until} on?",
                consequence=f"It counts for {self.month.mandate} until {found.proved_until} and no"
                " longer: what it makes later is never charged. The other accounts go on, and it"
                " can be signed for anew. This cannot be undone.",
                confirm_label="Leave out",
            )
        )
        return None

    @rx.event
    @requires(Permission.FEE_TERMS_WRITE, Confirmation)
    async def leave_out(self, form: Confirmation) -> Any:
        """Propose to leave out the account that was asked about."""
        if (
            self.ask.act != "leave"
            or self.ask.subject != self.held_account.id
            or not self._confirmed(form)
        ):
            return None
        until = self.held_account.proved_until
        return await self._release(
            ProposalKind.LEAVE_MANDATE,
            {},
            [Change("Account", "in the mandate", f"left out from {until} on")],
            reason=form.reason,
            done="Left out; the month is computed again within ten minutes",
        )

    async def _release(
        self,
        kind: ProposalKind,
        payload: dict[str, str],
        changes: list[Change],
        *,
        reason: str,
        done: str,
    ) -> Any:
        month, account = self.month, self.held_account
        outcome = await perform(
            four_eyes.submit,
            kind,
            subject=f"{month.client}, {month.month}, {account.label}",
            subject_key=f"{month.id}:{account.id}",
            payload={**payload, "period_id": month.id, "account_id": account.id},
            changes=changes,
            reason=reason,
            done=done,
        )
        if outcome.ok:
            await self._load_held()
        return self._settle(proposed(outcome))

    async def _load_held(self) -> None:
        """Show what the open month's accounts lack; nothing where it is not held."""
        self.blocked_release = lacking(Permission.FEE_TERMS_WRITE)
        found: tuple[HeldAccount, ...] = ()
        if self.month.status == "suspect_incomplete":
            found = await held_months.accounts(current_actor(), UUID(self.month.id))
        rows = [held_row(one) for one in found]
        self.held = [row for row in rows if row.lacks]

    def _held_row(self, account_id: str) -> HeldRow | None:
        return next((row for row in self.held if row.id == account_id), None)


def held_row(one: HeldAccount) -> HeldRow:
    """Show what an account lacks and which way leads on."""
    may_value = one.lacks_value and not one.is_unread
    may_leave = one.is_unread and one.proved_until is not None
    lacks = ""
    if one.is_unread:
        lacks = "Its ledger is not read to the end. Have its key replaced first; it is read then."
    elif one.lacks_value:
        lacks = "Its open positions were not measured at the end, and its trades do not tell it."
    return HeldRow(
        id=str(one.account_id),
        label=one.label,
        lacks=lacks,
        last_value="Never measured"
        if one.last_value is None or one.last_valued_at is None
        else f"{format.profit(one.last_value).text} USDT at {one.last_valued_at:%Y-%m-%d %H:%M} UTC",
        may_value=may_value,
        may_leave=may_leave,
        proved_until="" if one.proved_until is None else f"{one.proved_until:%Y-%m-%d}",
    )
