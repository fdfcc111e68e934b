"""The measurement from rows of a database to figures and breaches."""

from datetime import timedelta
from decimal import Decimal

import pytest

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.value_at_risk import HISTORY_HOURS, measure
from patriot_app.core.queries import risk_facts
from tests.database import Server
from tests.factories.desk import Desk, make_desk

MARKET = (Exchange.BINANCE, AccountMode.PAPER)


@pytest.fixture
def desk(server: Server, database_name: str) -> Desk:
    return make_desk(server, database_name, accounts=2, shards=1)


async def test_accounts_are_read_with_what_they_hold(as_daemon: str, desk: Desk) -> None:
    desk.execute(
        "INSERT INTO positions (account_id, symbol, position_side, quantity, entry_price,"
        " realised_pnl, commission) VALUES (%s, 'BTCUSDT', 'BOTH', -0.2, 50000, 0, 0)",
        desk.accounts[0],
    )
    now = SystemClock().now()
    found = await risk_facts.accounts([0], now=now, fresh_after=now - timedelta(hours=1))
    ours = {one.account_id: one for one in found if one.account_id in desk.accounts}
    assert ours[desk.accounts[0]].notionals == {"BTCUSDT": Decimal(-10_000)}
    assert not ours[desk.accounts[1]].notionals
    stale = await risk_facts.accounts([0], now=now, fresh_after=now + timedelta(hours=1))
    assert stale == []


async def test_a_month_of_hourly_closes_becomes_returns(as_daemon: str, desk: Desk) -> None:
    until = SystemClock().now().replace(minute=20, second=0, microsecond=0)
    desk.execute(
        "INSERT INTO candles (exchange, mode, symbol, opened_at, open, high, low, close, volume)"
        " SELECT 'binance', 'paper', 'RISKUSDT', at - interval '1 minute', 1, 1, 1,"
        " 100 + (extract(epoch FROM at) / 3600)::bigint %% 3, 7"
        " FROM generate_series(%s::timestamptz, %s::timestamptz, interval '1 hour') AS at",
        until.replace(minute=0) - timedelta(hours=100),
        until.replace(minute=0),
    )
    returns = await risk_facts.hourly_returns(MARKET, ["RISKUSDT"], until=until)
    assert len(returns["RISKUSDT"]) == HISTORY_HOURS
    risk = measure({"RISKUSDT": Decimal(1_000)}, returns)
    assert risk is not None
    assert risk.observations == 100
    assert risk.historical_95.var > 0
    volumes = await risk_facts.day_volumes(MARKET, ["RISKUSDT"], until=until)
    assert 24 * 700 <= volumes["RISKUSDT"] <= 24 * 714
