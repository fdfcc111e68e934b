from decimal import Decimal

import pytest

from patriot_app.core.domain.stress import StressKind
from patriot_app.core.errors import Invalid
from patriot_app.core.queries import risk_watch
from tests.factories.rows import OPERATOR, make_account


async def test_an_account_that_was_never_measured_has_no_figures(as_web: str) -> None:
    assert await risk_watch.book(OPERATOR, await make_account()) is None
    record = await risk_watch.record(OPERATOR)
    assert record.accounts <= record.breaches
    assert all(one.notional != 0 for one in await risk_watch.exposure(OPERATOR))


def test_rates_are_of_the_measured_accounts_and_of_the_breaches() -> None:
    record = risk_watch.BreachRecord(breaches=12, accounts=4, false_alarms=3, measured=40)
    assert (record.violation_rate, record.false_alarm_rate) == (Decimal("0.1"), Decimal("0.25"))
    nothing = risk_watch.BreachRecord(0, 0, 0, 0)
    assert (nothing.violation_rate, nothing.false_alarm_rate) == (None, None)


async def test_own_shocks_are_told_each_alone_and_then_together(as_web: str) -> None:
    shocks = {StressKind.MARKET_CRASH: Decimal("0.3"), StressKind.VOLATILITY_SPIKE: Decimal(5)}
    found = await risk_watch.stress_of(OPERATOR, shocks)
    assert [set(one) for one, _ in found] == [
        {StressKind.MARKET_CRASH},
        {StressKind.VOLATILITY_SPIKE},
        set(shocks),
    ]
    alone = await risk_watch.stress_of(OPERATOR, {StressKind.MARKET_CRASH: Decimal(1)})
    assert len(alone) == 1
    for wrong, field in (({}, ""), ({StressKind.MARKET_CRASH: Decimal(2)}, "market_crash")):
        with pytest.raises(Invalid) as refused:
            await risk_watch.stress_of(OPERATOR, wrong)
        assert set(refused.value.fields) == {field}
