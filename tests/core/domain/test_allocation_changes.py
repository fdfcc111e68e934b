"""What a check of other shares finds."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.allocation_changes import (
    Divided,
    FindingLevel,
    Holding,
    check,
    in_words,
    is_refused,
)
from patriot_app.core.domain.allocations import SHARE_STEP, divide, validate_division
from patriot_app.core.domain.risk_limits import EffectiveLimits
from patriot_app.core.errors import Invalid

TREND, CARRY = UUID(int=1), UUID(int=2)
LIMITS = EffectiveLimits(
    position_notional=Decimal(50_000),
    leverage=Decimal(10),
    daily_loss_fraction=Decimal("0.05"),
    drawdown_fraction=Decimal("0.20"),
)


def make_holding(
    deployment_id: UUID = TREND,
    name: str = "Trend",
    *,
    share: str = "0.5",
    margin_used: str = "0",
    limits: EffectiveLimits = LIMITS,
) -> Holding:
    return Holding(
        deployment_id=deployment_id,
        strategy_id=uuid4(),
        name=name,
        share=Decimal(share),
        symbols=1,
        leverage=5,
        margin_used=Decimal(margin_used),
        least_notional=Decimal(5),
        limits=limits,
    )


def make_divided(*holdings: Holding, equity: str | None = "10000") -> Divided:
    return Divided(
        account_id=uuid4(),
        client_id=uuid4(),
        label="Main",
        equity=None if equity is None else Decimal(equity),
        day_opening_equity=Decimal(10_000),
        peak_equity=Decimal(10_000),
        observed_at=None,
        holdings=holdings or (make_holding(), make_holding(CARRY, "Carry", share="0.3")),
    )


def shares(trend: str, carry: str) -> dict[UUID, Decimal]:
    return {TREND: Decimal(trend), CARRY: Decimal(carry)}


@pytest.mark.parametrize(
    ("wanted", "field", "message"),
    [
        (shares("0.04", "0.3"), str(TREND), "between 5 and 100 %"),
        (shares("0.70", "0.31"), "", "add up to 101.00 %"),
        (shares("0.5", "0.3"), "", "Nothing differs"),
        (shares("0.33333", "0.3"), str(TREND), "two decimals"),
        ({TREND: Decimal("0.5")}, "", "every strategy"),
        ({**shares("0.4", "0.3"), uuid4(): Decimal("0.1")}, "", "no other"),
    ],
)
def test_a_division_that_breaks_a_rule_is_refused_by_its_field(
    wanted: dict[UUID, Decimal], field: str, message: str
) -> None:
    with pytest.raises(Invalid) as caught:
        validate_division(wanted, held=make_divided().shares)
    assert message in caught.value.fields[field]


def test_six_strategies_are_one_too_many() -> None:
    held = {uuid4(): Decimal("0.1") for _ in range(6)}
    wanted = {key: Decimal("0.15") for key in held}
    with pytest.raises(Invalid, match="at most 5 strategies"):
        validate_division(wanted, held=held)


def test_a_fitting_division_finds_nothing() -> None:
    assert check(make_divided(), shares("0.6", "0.4")) == ()


def test_growing_after_a_day_of_losses_is_forbidden_and_shrinking_is_not() -> None:
    account = make_divided(equity="9400")
    grown = check(account, shares("0.6", "0.3"))
    assert is_refused(grown)
    assert "6.00 % down today; its limit is 5.00 %" in grown[0].text
    assert not is_refused(check(account, shares("0.4", "0.3")))


def test_limits_that_a_position_could_touch_are_named_but_forbid_nothing() -> None:
    small = replace(LIMITS, position_notional=Decimal(20_000), leverage=Decimal(4))
    account = make_divided(make_holding(limits=small), make_holding(CARRY, "Carry", share="0.3"))
    found = check(account, shares("0.6", "0.4"))
    assert not is_refused(found)
    words = [one.text for one in found]
    assert (
        "At 5x it could ask for 30000.00 USDT; a position above 20000.00 USDT is refused" in words
    )
    assert "It asks for 5x; more than 4x is refused" in words
    assert any("5.0x its equity; above 4.0x" in text for text in words)


def test_positions_that_outgrow_the_new_share_stay_and_are_told_of() -> None:
    account = make_divided(
        make_holding(margin_used="4000"), make_holding(CARRY, "Carry", share="0.3")
    )
    (note,) = check(account, shares("0.3", "0.3"))
    assert note.level is FindingLevel.NOTE
    assert "stay until the strategy closes them" in note.text


def test_an_account_that_was_never_read_is_refused() -> None:
    assert is_refused(check(make_divided(equity=None), shares("0.6", "0.4")))


def test_a_share_too_small_for_the_smallest_order_is_told_of() -> None:
    found = check(make_divided(equity="15"), {TREND: Decimal("0.05"), CARRY: Decimal("0.3")})
    assert any("it could open nothing" in one.text for one in found)


def test_words_name_each_strategy_with_its_share() -> None:
    assert in_words(make_divided(), shares("0.25", "0.5")) == "Trend 25.00 %, Carry 50.00 %"


@given(
    parts=st.lists(st.integers(1, 1000), min_size=1, max_size=5),
    total=st.integers(500, 10_000).map(lambda number: Decimal(number) / 10_000),
)
def test_a_divided_part_never_exceeds_what_there_is(parts: list[int], total: Decimal) -> None:
    given_shares = divide({uuid4(): Decimal(part) for part in parts}, total=total)
    left = total - sum(given_shares.values())
    assert 0 <= left < SHARE_STEP * len(parts)
