"""Every read model answers, empty and full, with every sort and filter it offers."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.errors import Invalid, NotFound
from patriot_app.core.queries import (
    accounts,
    billing,
    clearing,
    compliance,
    deliveries,
    deployments,
    events,
    exceptions,
    fan_outs,
    fee_periods,
    fee_shares,
    instruments,
    invariants,
    invitations,
    invoices,
    live,
    mandates,
    notifications,
    orders,
    overview,
    portfolio,
    positions,
    rankings,
    rate_budgets,
    reconciliation,
    referrals,
    revenue,
    risk,
    sign_ins,
    signals,
    staff,
    strategies,
    system,
    trading_summary,
    users,
)
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.queries.tables import Table
from tests.factories.rows import OPERATOR

SOME_ID = uuid4()
DAYS = {"from": "2999-01-01", "to": "2000-01-01"}
Ask = Callable[[PageRequest], Awaitable[Any]]

TABLES: dict[str, tuple[Table, Ask]] = {
    "accounts": (accounts._TABLE, lambda r: accounts.page(OPERATOR, r)),
    "fee-shares": (fee_shares._TABLE, lambda r: fee_shares.page(OPERATOR, r)),
    "referrals": (referrals._TABLE, lambda r: referrals.page(OPERATOR, r)),
    **{
        f"revenue-by-{one}": (
            revenue._TABLES[one],
            lambda r, one=one: revenue.page(OPERATOR, r, grouping=one),
        )
        for one in revenue.Grouping
    },
    "ledger": (accounts._LEDGER, lambda r: accounts.ledger_page(OPERATOR, SOME_ID, r)),
    "clients": (users._TABLE, lambda r: users.page(OPERATOR, r)),
    "invitations": (invitations._TABLE, lambda r: invitations.page(OPERATOR, r)),
    "staff": (staff._TABLE, lambda r: staff.page(OPERATOR, r)),
    "sign-ins": (sign_ins._TRIES, lambda r: sign_ins.tries(OPERATOR, r)),
    "sessions": (sign_ins._SESSIONS, lambda r: sign_ins.sessions(OPERATOR, r)),
    "API keys": (sign_ins._KEYS, lambda r: sign_ins.keys(OPERATOR, r)),
    "signals": (signals._TABLE, lambda r: signals.page(OPERATOR, r)),
    "fan-out": (fan_outs._TABLE, lambda r: fan_outs.grid(OPERATOR, SOME_ID, r)),
    "orders": (orders._TABLE, lambda r: orders.page(OPERATOR, r)),
    "positions": (positions._TABLE, lambda r: positions.page(OPERATOR, r)),
    "strategies": (strategies._TABLE, lambda r: strategies.page(OPERATOR, r)),
    "deployments": (deployments._TABLE, lambda r: deployments.page(OPERATOR, r)),
    "allocations": (
        deployments._ALLOCATIONS,
        lambda r: deployments.allocations(OPERATOR, SOME_ID, r),
    ),
    "choices": (
        deployments._CHOICES,
        lambda r: deployments.account_choices(OPERATOR, ("BTCUSDT",), r),
    ),
    "usage": (risk._USAGE, lambda r: risk.usage(OPERATOR, r)),
    "limits": (rate_budgets._TABLE, lambda r: rate_budgets.page(OPERATOR, r)),
    "instruments": (instruments._TABLE, lambda r: instruments.page(OPERATOR, r)),
    "months": (fee_periods._TABLE, lambda r: fee_periods.page(OPERATOR, r)),
    "invoices": (invoices._TABLE, lambda r: invoices.page(OPERATOR, r)),
    "fees": (billing._TABLE, lambda r: billing.accruals(OPERATOR, r)),
    "deliveries": (deliveries._TABLE, lambda r: deliveries.page(OPERATOR, r)),
    "notifications": (notifications._TABLE, lambda r: notifications.page(OPERATOR, r)),
    "exceptions": (exceptions._TABLE, lambda r: exceptions.page(OPERATOR, r)),
    "reconciliation": (reconciliation._TABLE, lambda r: reconciliation.page(OPERATOR, r)),
    "compliance": (compliance._TABLE, lambda r: compliance.page(OPERATOR, r)),
    "events": (events._TABLE, lambda r: events.page(OPERATOR, r)),
    "events of a person": (
        events._OF_PERSON,
        lambda r: events.page(
            OPERATOR, replace(r, filters={"person_id": str(SOME_ID), **r.filters})
        ),
    ),
    "clearing": (clearing._TABLE, lambda r: clearing.page(OPERATOR, r)),
    "trading": (
        trading_summary._TABLE,
        lambda r: trading_summary.page(
            OPERATOR, replace(r, filters={"client_id": str(SOME_ID), **r.filters})
        ),
    ),
    "spreads": (rankings._SIGNALS, lambda r: rankings.spreads(OPERATOR, r)),
    "trades": (portfolio._TRADES, lambda r: portfolio.trades(OPERATOR, r)),
}


@pytest.mark.parametrize("name", TABLES)
async def test_a_table_takes_each_sort_filter_and_search_and_no_other(
    as_web: str, name: str
) -> None:
    table, ask = TABLES[name]
    assert (await ask(PageRequest(page=3))).page == 3
    for sort in table.sorts:
        await ask(PageRequest(sort=sort, descending=True, page=2))
    for key in table.filters:
        value = str(SOME_ID) if key.endswith("_id") else DAYS.get(key, "yes")
        assert (await ask(PageRequest(filters={key: value}))).items == ()
    await ask(PageRequest(search="%_\\' OR 1=1 --"))
    with pytest.raises(Invalid):
        await ask(PageRequest(sort="password_hash"))
    with pytest.raises(Invalid):
        await ask(PageRequest(filters={"1=1 OR x": "y"}))


async def test_an_id_filter_that_is_no_id_is_refused(as_web: str) -> None:
    with pytest.raises(Invalid, match="must be an id"):
        await orders.page(OPERATOR, PageRequest(filters={"account_id": "' OR 1=1"}))


async def test_totals_of_an_empty_desk_are_zero(as_web: str) -> None:
    found = await overview.get(OPERATOR)
    assert (found.accounts, found.equity, found.net_exposure, found.beats) == (0, 0, 0, ())
    assert (await live.figures(OPERATOR)).beat_age_s is None
    assert await overview.largest_clients(OPERATOR) == ()
    assert (await system.get(OPERATOR)).readiness.accounts == 0
    assert (await exceptions.count(OPERATOR)).total == 0
    assert await invariants.violations(OPERATOR) == ()


async def test_lists_of_an_empty_desk_are_empty(as_web: str) -> None:
    assert await risk.limits(OPERATOR) == ()
    assert await risk.active_halts(OPERATOR) == ()
    assert await reconciliation.sync_runs(OPERATOR, SOME_ID) == ()
    assert await reconciliation.cold_mode(OPERATOR) is None
    assert await reconciliation.count_open(OPERATOR) == 0
    assert await risk.past_halts(OPERATOR) == ()
    assert await risk.denials(OPERATOR) == ()
    assert await positions.by_symbol(OPERATOR) == ()
    assert await signals.latest(OPERATOR) == ()
    assert await fan_outs.reasons(OPERATOR, SOME_ID) == ()
    assert await strategies.version_choices(OPERATOR) == ()
    assert await mandates.of_client(OPERATOR, SOME_ID) == ()
    assert await instruments.tradable_symbols(OPERATOR, Exchange.BYBIT) == ()
    assert await billing.ledger_types(OPERATOR, SOME_ID) == ()
    assert await notifications.unread(OPERATOR) == 0
    for span in portfolio.Span:
        assert await portfolio.equity_curve(OPERATOR, span=span) == ()
    assert (await portfolio.portfolio(OPERATOR, SOME_ID)).accounts == 0


@pytest.mark.parametrize(
    "ask",
    [
        lambda: accounts.detail(OPERATOR, SOME_ID),
        lambda: users.detail(OPERATOR, SOME_ID),
        lambda: signals.get(OPERATOR, SOME_ID),
        lambda: orders.detail(OPERATOR, SOME_ID),
        lambda: strategies.detail(OPERATOR, SOME_ID),
        lambda: deployments.get(OPERATOR, SOME_ID),
        lambda: risk.effective_limits(OPERATOR, SOME_ID),
        lambda: instruments.get(OPERATOR, Exchange.BYBIT, "NOPE"),
        lambda: billing.accrual(OPERATOR, SOME_ID),
        lambda: reconciliation.get(OPERATOR, f"d{SOME_ID}"),
    ],
)
async def test_what_is_not_there_is_not_found(as_web: str, ask: Callable[[], Any]) -> None:
    with pytest.raises(NotFound):
        await ask()
