"""A client asks for other shares in the portal, the desk sees it and has it applied."""

import psycopg

from patriot_app.web.console.rebalancing.state import RebalancingState
from patriot_app.web.live import name_of
from patriot_app.web.portal.allocation.state import MyAllocationState
from tests.factories.rows import DaemonRows, make_account, make_deployment
from tests.web.conftest import People
from tests.web.portal.test_own_pages import newest_client
from tests.web.site import Browser, Site


async def test_a_client_asks_for_other_shares_and_the_desk_has_them_applied(
    site: Site, people: People, as_web: str, rows: DaemonRows
) -> None:
    rows.instrument("BTCUSDT")
    rows.instrument("ETHUSDT")
    account_id = await make_account(await newest_client(), label="To divide")
    rows.state(account_id)
    await make_deployment([account_id], name="Trend")
    await make_deployment([account_id], symbols=["ETHUSDT"], name="Waves")
    async with Browser(site, cookie=people.customer) as browser:
        await browser.answer(name_of(MyAllocationState.load))
        bad = {"form": {"share_0": "3", "share_1": "x"}}
        refused = str(await browser.answer(name_of(MyAllocationState.check), bad))
        assert "A number of per cent" in refused
        wanted = {"form": {"share_0": "60", "share_1": "40,5"}}
        over = str(await browser.answer(name_of(MyAllocationState.check), wanted))
        assert "add up to 100.50 %" in over
        wanted = {"form": {"share_0": "60", "share_1": "40"}}
        seen = str(await browser.answer(name_of(MyAllocationState.check), wanted))
        assert "Trend 100.00 % to 60.00 % (10,000.00 to 6,000.00 USDT)" in seen
        said = str(await browser.answer(name_of(MyAllocationState.confirm)))
        assert "Trend 60.00 %, Waves 40.00 %, from" in said
    async with Browser(site, cookie=people.staff) as browser:
        listed = str(await browser.answer(name_of(RebalancingState.load)))
        assert "Trend 100.00 % to 60.00 %" in listed
        await browser.answer(name_of(RebalancingState.ask_run))
        form = {"form": {"phrase": "", "reason": "Asked by the client"}}
        begun = str(await browser.answer(name_of(RebalancingState.begin_run), form))
        assert "Looking at the accounts" in begun
    with psycopg.connect(as_web.replace("+psycopg", "")) as connection:
        connection.execute("SELECT set_config('app.scope', 'staff', false)")
        found = connection.execute(
            "SELECT state, reason FROM rebalancings ORDER BY started_at DESC LIMIT 1"
        ).fetchone()
    assert found == ("running", "Asked by the client")
