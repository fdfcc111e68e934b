"""Statistics of returns, by hand and against another implementation."""

import math
from datetime import date
from decimal import Decimal

import empyrical
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain import return_metrics as metrics
from patriot_app.core.domain.measures import Measure, as_floats
from patriot_app.core.domain.money_weighted import DatedFlow, money_weighted_return

RETURNS = st.lists(st.floats(-0.2, 0.2).map(lambda value: round(value, 6)), min_size=2, max_size=60)
EXAMPLE = as_floats([0.01, -0.02, 0.03, 0.0, -0.01])


def agree(ours: Measure, theirs: float) -> bool:
    """Tell whether two implementations agree; what we leave out they call nought or not finite."""
    if ours.value is None:
        return not math.isfinite(theirs) or theirs == 0 or abs(theirs) > 1e6
    return math.isclose(ours.value, theirs, rel_tol=1e-6, abs_tol=1e-9)


@given(RETURNS)
def test_sharpe_and_sortino_agree_with_another_implementation(returns: list[float]) -> None:
    values = as_floats(returns)
    with np.errstate(all="ignore"):
        assert agree(metrics.sharpe(values), empyrical.sharpe_ratio(values, annualization=365))
        assert agree(metrics.sortino(values), empyrical.sortino_ratio(values, annualization=365))


@given(RETURNS)
def test_risk_and_growth_agree_with_another_implementation(returns: list[float]) -> None:
    values = as_floats(returns)
    assert agree(metrics.volatility(values), empyrical.annual_volatility(values, annualization=365))
    assert agree(metrics.deepest_fall(values), -empyrical.max_drawdown(values))
    assert agree(metrics.annual_return(values), empyrical.annual_return(values, annualization=365))


@given(st.lists(st.tuples(st.floats(-0.1, 0.1), st.floats(-0.1, 0.1)), min_size=3, max_size=60))
def test_alpha_and_beta_agree_with_another_implementation(
    pairs: list[tuple[float, float]],
) -> None:
    ours = as_floats([round(each, 6) for each, _ in pairs])
    theirs = as_floats([round(each, 6) for _, each in pairs])
    slope = metrics.beta(ours, theirs)
    if slope.value is None:
        assert np.std(theirs) < 1e-11
        return
    assert agree(slope, empyrical.beta_aligned(ours, theirs))
    mean = metrics.alpha(ours, theirs)
    assert mean.value is None or mean.value >= -1
    related = metrics.correlation(ours, theirs)
    assert related.value is None or -1 <= related.value <= 1


def test_alpha_is_what_beta_leaves_over_a_year() -> None:
    benchmark = as_floats([0.01, -0.01, 0.02])
    ours = 2 * benchmark + 0.001
    assert metrics.beta(ours, benchmark).value == pytest.approx(2)
    assert metrics.alpha(ours, benchmark).value == pytest.approx(1.001**365 - 1)
    assert metrics.correlation(ours, benchmark).value == pytest.approx(1)


def test_the_example_by_hand() -> None:
    deviation = math.sqrt((0.008**2 + 0.022**2 + 0.028**2 + 0.002**2 + 0.012**2) / 4)
    assert metrics.volatility(EXAMPLE).value == pytest.approx(deviation * math.sqrt(365))
    assert metrics.sharpe(EXAMPLE).value == pytest.approx(0.002 / deviation * math.sqrt(365))
    downside = math.sqrt((0.02**2 + 0.01**2) / 5)
    assert metrics.sortino(EXAMPLE).value == pytest.approx(0.002 / downside * math.sqrt(365))
    assert metrics.deepest_fall(EXAMPLE).value == pytest.approx(0.02)
    assert metrics.fall_now(EXAMPLE).value == pytest.approx(0.01)


def test_the_public_example_of_the_largest_fall() -> None:
    """Investopedia, Maximum Drawdown: 500,000, 750,000, 400,000, 600,000, 350,000, 800,000 fall
    by 53.33 % at most, from the second to the fifth value."""
    worth = as_floats([500_000, 750_000, 400_000, 600_000, 350_000, 800_000])
    assert metrics.deepest_fall(worth[1:] / worth[:-1] - 1).value == pytest.approx(0.5333, abs=5e-5)


@pytest.mark.parametrize(
    ("returns", "sharpe", "fall"),
    [
        ([1, 10, -4, 2, 3, 2, 1, -10], 1.7238613961706866, 0.10),
        ([0, -6, -7, -1, -9, -2, -6, -8, -5], -24.406808633910085, 0.36590730349873601),
    ],
)
def test_the_published_vectors_of_empyrical(returns: list[int], sharpe: float, fall: float) -> None:
    """Quantopian's empyrical, tests/test_stats.py, mixed and negative returns, 252 days a year."""
    daily = as_floats([one / 100 for one in returns])
    assert metrics.sharpe(daily).value == pytest.approx(sharpe * math.sqrt(365 / 252))
    assert metrics.deepest_fall(daily).value == pytest.approx(fall)


def test_the_public_example_of_the_sharpe_ratio() -> None:
    """Wikipedia, Sharpe ratio: 15 % a year above the safe rate at a deviation of 10 % are 1.5."""
    mean, deviation = 0.15 / 365, 0.10 / math.sqrt(365)
    daily = as_floats([mean - deviation, mean, mean + deviation])
    assert metrics.sharpe(daily).value == pytest.approx(1.5)


def test_what_is_undefined_is_left_out_with_its_reason() -> None:
    nothing, same = as_floats(list[float]()), as_floats([0.01, 0.01, 0.01])
    assert metrics.sharpe(nothing).why == "fewer than two days"
    assert metrics.sharpe(same) == Measure(None, "the returns do not vary")
    assert metrics.sortino(same).why == "there was no losing day"
    assert metrics.calmar(same).why == "there was no drawdown"
    assert metrics.deepest_fall(nothing).why == "no day had capital"
    assert metrics.beta(same, same).why == "the benchmark does not vary"
    assert metrics.correlation(EXAMPLE, same).value is None


def test_a_run_ends_with_a_day_of_nought() -> None:
    signs = [1, 1, 0, 1, -1, -1, -1, 1]
    assert metrics.longest_run(signs, sign=1) == 2
    assert metrics.longest_run(signs, sign=-1) == 3


def flows(*dated: tuple[date, int]) -> list[DatedFlow]:
    return [DatedFlow(day, Decimal(amount)) for day, amount in dated]


def test_the_public_example_of_the_money_weighted_return() -> None:
    """Microsoft's page on XIRR: -10,000 and four receipts at irregular days make 37.34 %."""
    asked = flows(
        (date(2008, 1, 1), -10000),
        (date(2008, 3, 1), 2750),
        (date(2008, 10, 30), 4250),
        (date(2009, 2, 15), 3250),
        (date(2009, 4, 1), 2750),
    )
    assert money_weighted_return(asked).value == pytest.approx(0.373362535, abs=1e-8)


def test_no_rate_is_made_up() -> None:
    one_way = flows((date(2026, 1, 1), -5), (date(2026, 2, 1), -5))
    assert money_weighted_return(one_way).value is None
    at_once = flows((date(2026, 1, 1), -5), (date(2026, 1, 1), 6))
    assert money_weighted_return(at_once).why == "all money moved on one day"


@given(st.floats(-0.9, 5.0), st.integers(30, 1000))
def test_a_single_stake_earns_its_own_rate(rate: float, days: int) -> None:
    end = 1_000_000 * (1 + rate) ** (days / 365)
    asked = [
        DatedFlow(date(2020, 1, 1), Decimal(-1_000_000)),
        DatedFlow(date.fromordinal(date(2020, 1, 1).toordinal() + days), Decimal(str(end))),
    ]
    assert money_weighted_return(asked).value == pytest.approx(rate, abs=1e-6, rel=1e-6)
