"""Put a strategy to work: which symbols, which accounts, with what share of each."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pydantic
import reflex as rx

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import deployments as deployment_queries
from patriot_app.core.queries import instruments as instrument_queries
from patriot_app.core.queries import strategies as strategy_queries
from patriot_app.core.queries.page import PAGE_SIZE_MAX, PageRequest
from patriot_app.core.services import deployments
from patriot_app.core.unit_of_work import UnitOfWork
from patriot_app.web import format
from patriot_app.web.actions import DialogMixin, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.strategies.rows import ChoiceRow, choice_row
from patriot_app.web.kit import Choice
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.picking import PickMixin

SYMBOLS_SHOWN = 60


class DeployForm(pydantic.BaseModel):
    """A deployment as it is typed; the share in per cent of each account's equity."""

    name: str = pydantic.Field(min_length=1, max_length=120)
    version_id: UUID
    share: Decimal = pydantic.Field(gt=0, le=100)
    begins: str = pydantic.Field(default="yes", max_length=3)


class DeployState(DialogMixin, PickMixin, rx.State):
    """The dialog that deploys."""

    strategy: str = ""
    exchange: str = Exchange.BINANCE.value
    versions: list[Choice] = []
    symbols: list[str] = []
    chosen: list[str] = []
    accounts: list[ChoiceRow] = []
    search: str = ""
    total: int = 0

    @rx.event
    @requires(Permission.DEPLOYMENTS_WRITE)
    async def open(self, strategy_id: str) -> None:
        """Open the dialog for a strategy."""
        found = await strategy_queries.detail(current_actor(), id_of(strategy_id))
        self.strategy = found.summary.name
        self.versions = [Choice(str(one.id), f"Version {one.number}") for one in found.versions]
        self.chosen, self.picked, self.search = [], [], ""
        await self._load_symbols()
        await self._load_accounts()
        self._open_form("deploy")

    @rx.event
    @requires(Permission.DEPLOYMENTS_WRITE)
    async def choose_exchange(self, exchange: str) -> None:
        """Let another exchange's candles decide."""
        self.exchange = Exchange(exchange).value
        await self._load_symbols()
        self.chosen = [symbol for symbol in self.chosen if symbol in self.symbols]
        await self._load_accounts()

    @rx.event
    @requires(Permission.DEPLOYMENTS_WRITE)
    async def toggle_symbol(self, symbol: str) -> None:
        """Choose a symbol; again: leave it out."""
        if symbol in self.chosen:
            self.chosen = [other for other in self.chosen if other != symbol]
        elif symbol in self.symbols:
            self.chosen = [*self.chosen, symbol]
        await self._load_accounts()

    @rx.event
    @requires(Permission.DEPLOYMENTS_WRITE)
    async def search_accounts(self, text: str) -> None:
        """Narrow the accounts; what is ticked stays ticked."""
        self.search = text[:200]
        await self._load_accounts()

    @rx.event
    @requires(Permission.DEPLOYMENTS_WRITE, DeployForm)
    async def deploy(self, form: DeployForm) -> Any:
        """Create the deployment, and start it if asked to."""
        share = form.share / 100
        outcome = await perform(
            _create,
            name=form.name,
            version_id=form.version_id,
            reference_exchange=Exchange(self.exchange),
            symbols=tuple(self.chosen),
            shares={UUID(one): share for one in self.picked},
            begins=form.begins == "yes",
            done=f"{form.name} deployed to {format.plural(len(self.picked), 'account')}",
        )
        return self._settle(outcome)

    async def _load_symbols(self) -> None:
        listed = await instrument_queries.tradable_symbols(current_actor(), Exchange(self.exchange))
        self.symbols = list(listed[:SYMBOLS_SHOWN])

    async def _load_accounts(self) -> None:
        page = await deployment_queries.account_choices(
            current_actor(),
            tuple(self.chosen),
            PageRequest(size=PAGE_SIZE_MAX, search=self.search),
        )
        self.accounts = [choice_row(one) for one in page.items]
        self.total = page.total
        held = {one.id for one in self.accounts if one.held}
        self.picked = [one for one in self.picked if one not in held]

    def _pickable(self) -> list[str]:
        return [one.id for one in self.accounts if not one.held]


async def _create(uow: UnitOfWork, *, begins: bool, **wanted: Any) -> UUID:
    """Create a deployment and start it in the same transaction."""
    deployment_id = await deployments.create(uow, **wanted)
    if begins:
        await deployments.start(uow, deployment_id)
    return deployment_id
