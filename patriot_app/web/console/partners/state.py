"""Partners: who shares in which fees, and what each has brought him."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.fee_shares import Share
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.errors import Invalid
from patriot_app.core.queries import fee_shares as queries
from patriot_app.core.queries.fee_shares import FeeShareView
from patriot_app.core.services import fee_shares
from patriot_app.core.unit_of_work import UnitOfWork
from patriot_app.web import live, table_export
from patriot_app.web.actions import DialogMixin, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.partners.rows import Choice, ShareRow, share_row
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.table_state import TableMixin

TOPICS = "billing fees"
COLUMNS: table_export.Columns[FeeShareView] = [
    (name, lambda row, name=name: getattr(row, name)) for name in FeeShareView.__dataclass_fields__
]


class ShareForm(pydantic.BaseModel):
    """A share as it is agreed; the rate in per cent, months as 2026-05."""

    partner: str = pydantic.Field(max_length=200)
    mandate_id: UUID
    rate: Decimal
    first_month: str = pydantic.Field(max_length=10)
    last_month: str = pydantic.Field(default="", max_length=10)


class EndForm(pydantic.BaseModel):
    """The last month of a share."""

    last_month: str = pydantic.Field(max_length=10)


class PartnersState(TableMixin, DialogMixin, rx.State):
    """One page of shares."""

    rows: list[ShareRow] = []
    share: ShareRow = ShareRow()
    mandates: list[Choice] = []
    blocked: str = ""

    @rx.event
    @requires(Permission.FEES_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked = lacking(Permission.FEES_SHARE)
        actor = current_actor()
        try:
            page = await live.shared(
                live.scope_of(actor), TOPICS, queries.page, actor, self._page_request()
            )
            self._accept(page, [share_row(one) for one in page.items])
            shown = [row for row in self.rows if row.id == str(id_of(self.open_id))]
            self.share = shown[0] if shown else ShareRow()
            self.open_id = self.share.id
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.FEES_READ)
    async def export(self) -> Any:
        """Save the shares as CSV."""
        text = await table_export.as_csv(
            queries.page, current_actor(), self._page_request(), COLUMNS
        )
        return table_export.download(text, name="partners", now=SystemClock().now())

    @rx.event
    @requires(Permission.FEES_SHARE)
    async def open_agreement(self) -> None:
        """Let a share be entered."""
        found = await queries.mandates(current_actor())
        self.mandates = [Choice(str(mandate_id), name) for mandate_id, name in found]
        self._open_form("agree")

    @rx.event
    @requires(Permission.FEES_SHARE, ShareForm)
    async def agree(self, form: ShareForm) -> Any:
        """Agree on a share."""
        if self.form != "agree":
            return None
        outcome = await perform(_agree, form, done="Share agreed")
        await self.load()
        return self._settle(outcome)

    @rx.event
    @requires(Permission.FEES_SHARE)
    def open_end(self) -> None:
        """Let the open share's last month be entered."""
        if self.share.id:
            self._open_form("end")

    @rx.event
    @requires(Permission.FEES_SHARE, EndForm)
    async def end(self, form: EndForm) -> Any:
        """Let the open share end with a month."""
        if self.form != "end" or not self.share.id:
            return None
        outcome = await perform(_end, UUID(self.share.id), form, done="Share ends")
        await self.load()
        return self._settle(outcome)


async def _agree(uow: UnitOfWork, form: ShareForm) -> None:
    last = _month("last_month", form.last_month) if form.last_month.strip() else None
    share = Share(form.rate / 100, _month("first_month", form.first_month), last)
    await fee_shares.agree(uow, form.mandate_id, partner=form.partner, share=share)


async def _end(uow: UnitOfWork, share_id: UUID, form: EndForm) -> None:
    await fee_shares.end(uow, share_id, last_month=_month("last_month", form.last_month))


def _month(field: str, text: str) -> date:
    try:
        return date.fromisoformat(f"{text.strip()}-01")
    except ValueError as error:
        raise Invalid({field: "Type a month, such as 2026-05"}) from error
