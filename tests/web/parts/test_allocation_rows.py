"""Suggestions for an account: with their error, always something that may be asked for."""

from datetime import date, timedelta
from decimal import Decimal

from patriot_app.core.domain.allocations import SHARE_MINIMUM, fitted, validate_division
from patriot_app.web.parts.allocation_rows import share_rows, suggestions
from tests.core.domain.test_allocation_changes import CARRY, TREND, make_divided


def test_a_suggestion_fills_in_shares_that_may_be_asked_for_and_tells_its_error() -> None:
    account = make_divided()
    first, second = (one.strategy_id for one in account.holdings)
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(80)]
    returns = {
        first: {day: Decimal(number % 5 - 1) / 100 for number, day in enumerate(days)},
        second: {day: Decimal(number % 3 - 1) / 1000 for number, day in enumerate(days)},
    }
    made = {row.id: (row, shares) for row, shares in suggestions(account, returns)}
    assert set(made) == {"EQUAL_WEIGHT", "RISK_PARITY", "SHARPE"}
    equal, shares = made["EQUAL_WEIGHT"]
    assert shares == {TREND: Decimal("0.4"), CARRY: Decimal("0.4")}
    assert equal.promised.text
    assert equal.kept.text
    for _, wanted in made.values():
        validate_division(wanted, held=account.shares)


def test_too_few_days_offer_nothing_and_say_why() -> None:
    for row, shares in suggestions(make_divided(), {}):
        assert not row.offered
        assert not shares
        assert "60 days" in row.note


def test_a_strategy_that_a_suggestion_leaves_out_keeps_the_least_share() -> None:
    held = {TREND: Decimal(1), CARRY: Decimal(1)}
    assert fitted({TREND: Decimal(1)}, held) == {TREND: Decimal("0.95"), CARRY: SHARE_MINIMUM}
    tiny = {TREND: Decimal("0.99"), CARRY: Decimal("0.01")}
    assert fitted(tiny, held) == {TREND: Decimal("0.95"), CARRY: SHARE_MINIMUM}


def test_fields_start_with_what_waits_else_with_what_is() -> None:
    account = make_divided()
    assert [row.wanted for row in share_rows(account)] == ["50.00", "30.00"]
    wanted = {TREND: Decimal("0.25"), CARRY: Decimal("0.3")}
    assert [row.wanted for row in share_rows(account, wanted)] == ["25.00", "30.00"]
