"""The web process reads the limits from what the daemons told, and keeps none of its own."""

from datetime import UTC, datetime

from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries import rate_budgets
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import heartbeats
from patriot_app.core.unit_of_work import begin
from tests.factories.rows import OPERATOR

BUDGET = {
    "exchange": "bybit",
    "mode": "paper",
    "address": "127.0.0.2",
    "budget": 600,
    "window_s": 5,
    "used": 300,
    "reserve": 120,
    "margin": 120,
    "silent_s": 4.5,
    "waiting_exit": 0,
    "waiting_resolution": 0,
    "waiting_entry": 2,
    "waiting_background": 1,
    "accounts": 40,
    "accounts_max": 180,
    "read_at_once": 54,
    "connections": 39,
    "connections_max": 200,
    "risk_account": None,
    "fan_out_s": 9.5,
}


async def beat(process: str, *budgets: dict[str, object]) -> None:
    async with begin(SYSTEM) as uow:
        await heartbeats.beat(
            uow,
            process=process,
            role="trader",
            version="1",
            started_at=datetime.now(UTC),
            details={"budgets": list(budgets)} if budgets else {},
        )


async def test_what_daemons_told_is_listed_and_summed(as_daemon: str) -> None:
    await beat("one", BUDGET, {**BUDGET, "address": "127.0.0.3", "used": 30, "silent_s": 0})
    await beat("two")
    page = await rate_budgets.page(OPERATOR, PageRequest(sort="used", descending=True))
    assert [(row.process, row.address, row.used) for row in page.items] == [
        ("one", "127.0.0.2", 300),
        ("one", "127.0.0.3", 30),
    ]
    assert {row.read_at_once for row in page.items} == {54}
    silent = await rate_budgets.page(OPERATOR, PageRequest(filters={"silent": "yes"}))
    assert [row.address for row in silent.items] == ["127.0.0.2"]
    found = await rate_budgets.summary(OPERATOR)
    assert (found.addresses, found.accounts, found.silent, found.waiting) == (2, 80, 1, 6)
    assert float(found.used_share_max or 0) == 0.5
    assert float(found.fan_out_s or 0) == 9.5
