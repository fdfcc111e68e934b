from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.levels import HeldPosition, Levels, is_wider, loss_at, problems_of

TICK = Decimal("0.1")
LONG = HeldPosition(
    quantity=Decimal("0.5"),
    entry_price=Decimal(45_000),
    mark_price=Decimal(45_500),
    liquidation_price=Decimal(41_000),
    levels=Levels(stop=Decimal(44_000), target=Decimal(47_000)),
)
SHORT = replace(
    LONG,
    quantity=Decimal("-0.5"),
    mark_price=Decimal(44_500),
    liquidation_price=Decimal(49_000),
    levels=Levels(stop=Decimal(46_000), target=Decimal(43_000)),
)


def levels(stop: str | None, target: str | None) -> Levels:
    return Levels(
        None if stop is None else Decimal(stop), None if target is None else Decimal(target)
    )


@pytest.mark.parametrize(
    ("held", "stop", "target"),
    [(LONG, "45000", "48000"), (LONG, "43000", None), (SHORT, "45000", "42000.5")],
)
def test_levels_on_the_right_sides_may_be_set(
    held: HeldPosition, stop: str, target: str | None
) -> None:
    assert problems_of(held, levels(stop, target), tick_size=TICK) == {}


@pytest.mark.parametrize(
    ("held", "stop", "target", "field", "rule"),
    [
        (LONG, "45500", "47000", "stop_loss", "trigger at once"),
        (LONG, "45000", "45500", "take_profit", "trigger at once"),
        (SHORT, "44500", "43000", "stop_loss", "trigger at once"),
        (SHORT, "46000", "44500", "take_profit", "trigger at once"),
        (LONG, "41000", "47000", "stop_loss", "beyond liquidation"),
        (SHORT, "49000", "43000", "stop_loss", "beyond liquidation"),
        (LONG, "44000.05", "47000", "stop_loss", "steps of 0.1"),
        (LONG, "-1", "47000", "stop_loss", "above zero"),
        (LONG, None, "47000", "stop_loss", "keeps its stop"),
        (LONG, "44000", "47000", "", "Nothing differs"),
    ],
)
def test_levels_that_make_no_sense_are_refused_by_field(
    held: HeldPosition, stop: str | None, target: str, field: str, rule: str
) -> None:
    problems = problems_of(held, levels(stop, target), tick_size=TICK)
    assert list(problems) == [field]
    assert rule in problems[field]


def test_a_stop_further_away_risks_more() -> None:
    assert is_wider(LONG, levels("43999.9", "47000"))
    assert not is_wider(LONG, levels("44000.1", None))
    assert is_wider(SHORT, levels("46000.1", None))
    assert not is_wider(SHORT, levels("45999.9", None))
    assert not is_wider(replace(LONG, levels=levels(None, None)), levels("44000", None))


def test_the_loss_at_a_stop_is_counted_from_the_entry() -> None:
    assert loss_at(LONG, Decimal(44_000), contract_size=Decimal(1)) == 500
    assert loss_at(SHORT, Decimal(46_000), contract_size=Decimal(1)) == 500
    assert loss_at(LONG, Decimal(45_400), contract_size=Decimal(1)) == -200


@given(
    held=st.sampled_from((LONG, SHORT)),
    stop=st.decimals(min_value=40_000, max_value=50_000, places=1),
)
def test_more_is_lost_exactly_where_the_stop_is_wider(held: HeldPosition, stop: Decimal) -> None:
    wanted = Levels(stop, held.levels.target)
    before = held.levels.stop
    assert before is not None
    grows = loss_at(held, stop, contract_size=Decimal(1)) > loss_at(
        held, before, contract_size=Decimal(1)
    )
    assert is_wider(held, wanted) is grows
