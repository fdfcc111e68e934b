from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.money import (
    CENT,
    exact_sum,
    from_bps,
    round_fee_down,
    share_of,
    to_bps,
    truncate_to_asset,
)

amounts = st.decimals(
    min_value="-1e12", max_value="1e12", places=18, allow_nan=False, allow_infinity=False
)


@given(amount=amounts.map(abs))
def test_a_fee_is_rounded_by_less_than_a_cent_and_never_up(amount: Decimal) -> None:
    fee = round_fee_down(amount)
    assert fee <= amount
    assert amount - fee < CENT
    assert fee == fee.quantize(CENT)


@given(values=st.lists(amounts, max_size=20))
def test_a_sum_is_the_same_in_any_order(values: list[Decimal]) -> None:
    assert exact_sum(values) == exact_sum(reversed(values))


def test_an_amount_is_cut_to_the_decimals_of_its_asset() -> None:
    assert truncate_to_asset(Decimal("2.43009666715"), "USDT") == Decimal("2.43009666")
    assert truncate_to_asset(Decimal("-2.43009666715"), "USDT") == Decimal("-2.43009666")


def test_basis_points_and_fractions_turn_into_each_other() -> None:
    assert from_bps(Decimal(25)) == Decimal("0.0025")
    assert to_bps(Decimal("0.0025")) == Decimal(25)


def test_a_share_of_nothing_is_unknown() -> None:
    assert share_of(Decimal(1), Decimal(4)) == Decimal("0.25")
    assert share_of(Decimal(1), Decimal(0)) is None
