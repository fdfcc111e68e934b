"""A client sees his own money and nobody else's, whatever his browser asks for."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from patriot_app.core.queries import users as user_queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.web.console.accounts.state import AccountsState
from patriot_app.web.console.clients.state import ClientsState
from patriot_app.web.console.fees.state import FeesState
from patriot_app.web.console.performance.state import PerformanceState as DeskPerformanceState
from patriot_app.web.console.risk.state import RiskState
from patriot_app.web.console.strategies.state import StrategiesState
from patriot_app.web.console.team.state import TeamState
from patriot_app.web.console.trading.state import TradingState
from patriot_app.web.live import name_of
from patriot_app.web.portal.activity.state import MyActivityState
from patriot_app.web.portal.allocation.state import MyAllocationState
from patriot_app.web.portal.keys.state import MyKeysState
from patriot_app.web.portal.performance.state import PerformanceState
from patriot_app.web.portal.portfolio.state import PortfolioState
from patriot_app.web.portal.positions.state import MyPositionsState
from patriot_app.web.portal.profile.state import MyProfileState
from patriot_app.web.portal.trading.state import MyTradingState
from tests.factories.rows import (
    OPERATOR,
    DaemonRows,
    make_account,
    make_client,
    make_deployment,
    make_mandate,
)
from tests.web.conftest import People
from tests.web.site import Browser, Site

OWN, OTHER = "Cleo's own", "Somebody else's"
OWN_PAGES = [
    PortfolioState,
    MyPositionsState,
    PerformanceState,
    MyTradingState,
    MyAllocationState,
    MyKeysState,
    MyProfileState,
    MyActivityState,
]
DESK_PAGES = [
    ClientsState,
    AccountsState,
    StrategiesState,
    RiskState,
    FeesState,
    TeamState,
    TradingState,
    DeskPerformanceState,
]
SHOWN: dict[Any, str] = {
    PerformanceState: "Net profit M",
    MyProfileState: "Cleo",
    MyActivityState: "User status changed",
}
"""What a page shows that names no account."""


async def newest_client() -> UUID:
    request = PageRequest(size=1, sort="created_at", descending=True, search="Cleo")
    page = await user_queries.page(OPERATOR, request)
    return page.items[0].id


async def own_money(rows: DaemonRows, client_id: UUID, *, label: str, rate: str = "0.3") -> None:
    """Give a client an account with a position, a trade, a curve and a mandate."""
    account_id = await make_account(client_id, label=label)
    rows.instrument()
    rows.state(account_id)
    await make_deployment([account_id])
    rows.position(account_id)
    rows.fill(account_id, None)
    rows.ledger_row(account_id, "REALIZED_PNL", "100")
    now = datetime.now(UTC)
    for hours in range(3):
        rows.snapshot(account_id, now - timedelta(hours=hours), "10000", resolution="hour")
    await make_mandate(client_id, [account_id], rate=rate)


@pytest.mark.parametrize("state", OWN_PAGES)
async def test_a_client_is_shown_his_own_and_nobody_else_s(
    site: Site, people: People, as_web: str, rows: DaemonRows, state: Any
) -> None:
    await own_money(rows, await newest_client(), label=OWN)
    await own_money(rows, await make_client(name="Dora"), label=OTHER, rate="0.77")
    async with Browser(site, cookie=people.customer) as browser:
        frames = str(await browser.answer(name_of(state.load)))
    assert "Something went wrong" not in frames
    assert OTHER not in frames
    assert "77.00" not in frames
    assert SHOWN.get(state, OWN) in frames


@pytest.mark.parametrize("state", DESK_PAGES)
async def test_a_client_cannot_read_a_page_of_the_desk(
    site: Site, people: People, as_web: str, rows: DaemonRows, state: Any
) -> None:
    await own_money(rows, await make_client(name="Dora"), label=OTHER)
    async with Browser(site, cookie=people.customer) as browser:
        await browser.send(name_of(state.load))
        await browser.until(lambda: "You may not do this" in str(browser.frames))
        frames = str(browser.frames)
    assert OTHER not in frames
    assert "Dora" not in frames


async def test_a_client_cannot_revoke_the_key_of_another(
    site: Site, people: People, as_web: str
) -> None:
    async with Browser(site, cookie=people.customer) as browser:
        form = {"form": {"phrase": "", "reason": "Because I can"}}
        frames = str(await browser.answer(name_of(MyKeysState.revoke), form))
    assert "no longer open" in frames


@pytest.mark.parametrize("state", DESK_PAGES)
async def test_staff_read_every_page_of_the_desk(
    site: Site, people: People, as_web: str, rows: DaemonRows, state: Any
) -> None:
    await own_money(rows, await make_client(name="Dora"), label=OTHER)
    async with Browser(site, cookie=people.staff) as browser:
        frames = str(await browser.answer(name_of(state.load)))
    assert "Something went wrong" not in frames
    assert "'error_rx_state_': ''" in frames
