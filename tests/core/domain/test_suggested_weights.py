"""Divisions among strategies."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.measures import Floats, as_floats
from patriot_app.core.domain.suggested_weights import Method, suggest


def days(mean: float, deviation: float, seed: int, count: int = 200) -> Floats:
    return np.random.default_rng(seed).normal(mean, deviation, count)


def test_risk_parity_gives_the_calmer_more() -> None:
    calm, wild = days(0, 0.01, 1), days(0, 0.03, 2)
    shares = suggest(Method.RISK_PARITY, {"calm": calm, "wild": wild}).shares
    ratio = np.std(wild, ddof=1) / np.std(calm, ddof=1)
    expected = pytest.approx(ratio / (1 + ratio), abs=1e-4)
    assert as_floats([shares["calm"]])[0] == expected


def test_sharpe_leaves_losers_out_and_equal_weight_does_not() -> None:
    returns = {"gains": days(0.005, 0.01, 1), "loses": days(-0.005, 0.01, 2)}
    assert suggest(Method.SHARPE, returns).shares == {"gains": Decimal(1)}
    assert suggest(Method.EQUAL_WEIGHT, returns).shares == {
        "gains": Decimal("0.5"),
        "loses": Decimal("0.5"),
    }


def test_the_error_is_seen_on_days_the_division_never_saw() -> None:
    lucky = np.concatenate([days(0.01, 0.01, 1, 100), days(-0.01, 0.01, 2, 100)])
    tried = suggest(Method.SHARPE, {"lucky": lucky, "steady": days(0.001, 0.01, 3)})
    assert tried.promised.value is not None
    assert tried.kept.value is not None
    assert tried.promised.value > 0 > tried.kept.value


def test_nothing_is_suggested_without_reason() -> None:
    assert suggest(Method.SHARPE, {"one": days(0, 0.01, 1)}).shares == {}
    losing = {"a": days(-0.01, 0.01, 1), "b": days(-0.01, 0.01, 2)}
    assert suggest(Method.SHARPE, losing).why == "no strategy has a positive ratio"


@given(
    deviations=st.lists(st.floats(0.0001, 0.2), min_size=2, max_size=8),
    method=st.sampled_from(Method),
)
def test_shares_are_within_their_bounds(deviations: list[float], method: Method) -> None:
    returns = {
        str(number): days(0.0005, deviation, number, 60)
        for number, deviation in enumerate(deviations)
    }
    shares = suggest(method, returns).shares
    assert len(shares) <= 5
    assert sum(shares.values()) <= 1
    assert all(share >= Decimal("0.0499") for share in shares.values())
