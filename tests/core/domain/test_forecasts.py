"""The cone on series whose distribution is known."""

import numpy as np
import pytest

from patriot_app.core.domain.forecasts import (
    block_length,
    cone,
    coverage,
    drawdown_probability,
    futures,
)
from patriot_app.core.domain.measures import Floats, as_floats


def normal_days(count: int, *, mean: float = 0.0, deviation: float = 0.01, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(mean, deviation, count)


def test_the_cone_finds_the_quantiles_of_a_known_distribution() -> None:
    """Normal days of 1 %: after 30 days the logarithm has a deviation of 5.48 %."""
    end = cone(normal_days(20_000), days=30)[-1]
    assert end.low == pytest.approx(np.exp(-1.645 * 0.01 * np.sqrt(30)) - 1, abs=0.008)
    assert end.middle == pytest.approx(0, abs=0.008)
    assert end.high == pytest.approx(np.exp(1.645 * 0.01 * np.sqrt(30)) - 1, abs=0.008)


def test_the_cone_widens_and_is_ordered() -> None:
    points = cone(normal_days(200), days=20)
    assert [point.day for point in points] == list(range(1, 21))
    assert all(point.low <= point.middle <= point.high for point in points)
    assert points[-1].high - points[-1].low > points[0].high - points[0].low


def test_the_same_seed_draws_the_same_cone() -> None:
    days = normal_days(100)
    assert cone(days, days=10) == cone(days, days=10)
    assert cone(days, days=10) != cone(days, days=10, seed=7)


def test_blocks_keep_neighbours_together() -> None:
    days = as_floats([0.01 * number for number in range(27)])
    assert block_length(27) == 3
    one = futures(days, days=3, paths=1)[0]
    first = round(one[0] / 0.01)
    assert one[1] == pytest.approx((1 + one[0]) * (1 + 0.01 * ((first + 1) % 27)) - 1)


def test_about_nine_of_ten_past_stretches_stay_within_the_cone() -> None:
    tried = [coverage(normal_days(1_500, seed=seed), days=20) for seed in range(6)]
    trials = sum(one.trials for one in tried)
    assert trials >= 180
    assert 0.84 <= sum(one.inside for one in tried) / trials <= 0.96


def test_a_course_that_changed_its_nature_leaves_the_cone() -> None:
    days = np.concatenate([normal_days(400), normal_days(400, deviation=0.08, seed=9)])
    calm, changed = coverage(days[:400], days=10).share, coverage(days, days=10).share
    assert calm.value is not None
    assert changed.value is not None
    assert changed.value < calm.value


def test_the_probability_of_a_drawdown_grows_with_time_and_falls_with_depth() -> None:
    days = normal_days(500)
    near = drawdown_probability(days, fraction=0.05, days=10).value
    far = drawdown_probability(days, fraction=0.05, days=60).value
    deep = drawdown_probability(days, fraction=0.15, days=60).value
    assert near is not None
    assert far is not None
    assert deep is not None
    assert 0 <= near < far <= 1
    assert deep < far
    assert drawdown_probability(as_floats([0.01] * 40), fraction=0.01, days=30).value == 0


def test_too_few_days_forecast_nothing() -> None:
    assert cone(normal_days(29), days=10) == ()
    assert drawdown_probability(normal_days(29), fraction=0.1, days=5).why == "fewer than 30 days"
    assert coverage(normal_days(35), days=10).share.why == "fewer than 40 days"
