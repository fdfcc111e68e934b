from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.halts import TradingState
from patriot_app.core.domain.reasons import DenialReason
from patriot_app.core.domain.risk import APPROVED, Approved, Denial, Wish, review
from tests.factories.trading import make_exposure, make_limits

D = Decimal


def outcome(**overrides: Any) -> Approved | Denial:
    wish = {
        name: overrides.pop(name)
        for name in ("position_notional", "freed_notional", "maintenance_rate")
        if name in overrides
    }
    arguments: dict[str, Any] = {
        "wish": Wish(notional=overrides.pop("notional", D(1_000)), **wish),
        "equity": D(10_000),
        "exposure": make_exposure(),
        "desk_notional": D(0),
        "limits": make_limits(order_notional=D(20_000), desk_exposure=D(1_000_000)),
        "state": TradingState.ACTIVE,
    }
    return review(**(arguments | overrides))


def reason(**overrides: Any) -> DenialReason:
    denied = outcome(**overrides)
    assert isinstance(denied, Denial)
    return denied.reason


def test_an_order_inside_every_limit_is_approved() -> None:
    assert outcome() is APPROVED


def test_an_order_exactly_at_a_limit_is_approved() -> None:
    assert outcome(notional=D(20_000)) is APPROVED
    assert outcome(position_notional=D(49_000)) is APPROVED
    assert outcome(exposure=make_exposure(account_notional=D(99_000))) is APPROVED
    assert outcome(desk_notional=D(999_000)) is APPROVED


def test_what_is_held_already_counts_toward_the_position() -> None:
    assert reason(position_notional=D(49_001)) is DenialReason.POSITION_NOTIONAL_LIMIT


@pytest.mark.parametrize(
    "unknown",
    [
        {"exposure": make_exposure(account_notional=None)},
        {"exposure": make_exposure(day_loss_fraction=None)},
        {"exposure": make_exposure(drawdown_fraction=None)},
        {"equity": D(0)},
        {"equity": D(-1)},
        {"desk_notional": None},
    ],
)
def test_what_cannot_be_evaluated_is_denied(unknown: dict[str, Any]) -> None:
    assert reason(**unknown) is DenialReason.RISK_FACTS_MISSING


def test_a_reversal_does_not_count_what_it_closes_first() -> None:
    exposure = make_exposure(account_notional=D(99_500))
    assert reason(exposure=exposure) is DenialReason.LEVERAGE_LIMIT
    assert outcome(exposure=exposure, freed_notional=D(900)) is APPROVED


@pytest.mark.parametrize(
    ("limit", "exposure", "expected"),
    [
        ({"open_positions": D(2)}, {"other_positions": 2}, DenialReason.OPEN_POSITIONS_LIMIT),
        ({"concentration": D("0.09")}, {}, DenialReason.CONCENTRATION_LIMIT),
        ({"order_rate": D(3)}, {"orders_in_minute": 3}, DenialReason.ORDER_RATE_LIMIT),
        (
            {"margin_ratio": D("0.5")},
            {"maintenance_margin": D(4_951)},
            DenialReason.MARGIN_RATIO_LIMIT,
        ),
        (
            {"margin_ratio": D("0.5")},
            {"maintenance_margin": D(4_900), "reserved_notional": D(1_001)},
            DenialReason.MARGIN_RATIO_LIMIT,
        ),
        ({"order_rate": D(3)}, {"orders_in_minute": None}, DenialReason.RISK_FACTS_MISSING),
        ({"margin_ratio": D("0.5")}, {"maintenance_margin": None}, DenialReason.RISK_FACTS_MISSING),
    ],
)
def test_each_further_limit_denies_with_its_own_reason(
    limit: dict[str, Any], exposure: dict[str, Any], expected: DenialReason
) -> None:
    limits = make_limits(**limit)
    found = reason(limits=limits, exposure=make_exposure(**exposure), maintenance_rate=D("0.05"))
    assert found is expected


def test_an_order_exactly_at_a_further_limit_is_approved() -> None:
    limits = make_limits(
        open_positions=D(2), concentration=D("0.1"), order_rate=D(3), margin_ratio=D("0.5")
    )
    exposure = make_exposure(other_positions=1, orders_in_minute=2, maintenance_margin=D(4_950))
    assert outcome(limits=limits, exposure=exposure, maintenance_rate=D("0.05")) is APPROVED


def test_an_addition_counts_with_what_is_held_for_concentration() -> None:
    limits = make_limits(concentration=D("0.5"))
    assert outcome(limits=limits, position_notional=D(4_000)) is APPROVED
    assert reason(limits=limits, position_notional=D(4_001)) is DenialReason.CONCENTRATION_LIMIT


@given(
    notional=st.decimals(min_value="1", max_value="100000", places=2),
    more=st.decimals(min_value="0", max_value="100000", places=2),
    gross=st.decimals(min_value="0", max_value="200000", places=2),
    held=st.decimals(min_value="0", max_value="60000", places=2),
    desk=st.decimals(min_value="0", max_value="1100000", places=2),
)
def test_a_larger_order_is_never_approved_where_a_smaller_is_denied(
    notional: Decimal, more: Decimal, gross: Decimal, held: Decimal, desk: Decimal
) -> None:
    facts = {
        "exposure": make_exposure(account_notional=gross),
        "position_notional": held,
        "desk_notional": desk,
    }
    if isinstance(outcome(notional=notional, **facts), Denial):
        assert isinstance(outcome(notional=notional + more, **facts), Denial)


@given(state=st.sampled_from([TradingState.REDUCING, TradingState.HALTED]), size=st.integers(1))
def test_no_size_is_small_enough_for_a_halt(state: TradingState, size: int) -> None:
    assert isinstance(outcome(notional=D(size), state=state), Denial)
