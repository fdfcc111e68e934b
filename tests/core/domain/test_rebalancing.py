"""When accounts are rebalanced, and what becomes of one."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.rebalancing import Every, StepState, last_slot, next_slot, plan
from tests.core.domain.test_allocation_changes import (
    CARRY,
    make_divided,
    make_holding,
    shares,
)

MONDAY = datetime(2026, 5, 4, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "every", "last"),
    [
        (MONDAY, "week", MONDAY),
        (MONDAY - timedelta(seconds=1), "week", MONDAY - timedelta(days=7)),
        (MONDAY + timedelta(days=6, hours=22), "week", MONDAY),
        (MONDAY + timedelta(minutes=59), "day", MONDAY),
        (MONDAY - timedelta(minutes=1), "day", MONDAY - timedelta(days=1)),
    ],
)
def test_a_slot_is_at_its_hour_of_the_day_or_monday(
    now: datetime, every: Every, last: datetime
) -> None:
    assert last_slot(now, every=every, hour=1) == last


@given(
    now=st.datetimes(timezones=st.just(UTC), min_value=datetime(2020, 1, 1)),  # noqa: DTZ001
    every=st.sampled_from(["day", "week"]),
    hour=st.integers(0, 23),
)
def test_now_lies_between_the_last_slot_and_the_next(
    now: datetime, every: Every, hour: int
) -> None:
    last, following = (slot(now, every=every, hour=hour) for slot in (last_slot, next_slot))
    assert last <= now < following
    assert last_slot(following, every=every, hour=hour) == following


def test_what_was_asked_for_is_applied() -> None:
    step = plan(make_divided(), shares("0.6", "0.3"))
    assert step.state is StepState.APPLIED
    assert step.outcome == "Trend 50.00 % to 60.00 %"


def test_what_would_break_a_rule_by_now_is_refused_and_says_why() -> None:
    account = make_divided(make_holding())
    step = plan(account, {CARRY: Decimal("0.5")})
    assert step.state is StepState.REFUSED
    assert "every strategy" in step.outcome
    assert plan(make_divided(equity="9000"), shares("0.6", "0.3")).state is StepState.REFUSED


def test_positions_larger_than_their_share_are_told_of_only_beyond_the_tolerance() -> None:
    within = make_divided(make_holding(margin_used="5200"))
    beyond = make_divided(make_holding(margin_used="5300"))
    assert plan(within, None).state is StepState.UNCHANGED
    step = plan(beyond, None)
    assert step.state is StepState.OVER
    assert "nothing is sold" in step.outcome
