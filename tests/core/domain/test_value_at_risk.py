from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patriot_app.core.domain.value_at_risk import (
    OBSERVATIONS_MIN,
    BookRisk,
    historical,
    largest_correlation,
    measure,
    parametric,
    scaled,
)
from patriot_app.core.errors import Invalid

D = Decimal
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")


def make_returns(seed: int, *, hours: int = 500) -> dict[str, list[float]]:
    """Return correlated hourly returns."""
    chance = np.random.default_rng(seed)
    market = chance.normal(0, 0.005, hours)
    return {
        symbol: list(market * (0.5 + i) + chance.normal(0, 0.003, hours))
        for i, symbol in enumerate(SYMBOLS)
    }


def book(seed: int, *notionals: str, horizon_h: int = 24) -> BookRisk:
    given_notionals = {s: D(n) for s, n in zip(SYMBOLS, notionals, strict=False)}
    found = measure(given_notionals, make_returns(seed), horizon_h=horizon_h)
    assert found is not None
    return found


def test_hulls_position_in_microsoft() -> None:
    """$10 million, 2 % a day: $466,000 a day and $1,473,621 in ten days at 99 % (Hull)."""
    assert parametric(200_000, confidence=0.99)[0] == pytest.approx(466_000, rel=0.002)
    ten_days = parametric(200_000, confidence=0.99, horizon_h=10)[0]
    assert ten_days == pytest.approx(1_473_621, rel=0.002)


def test_hulls_two_stocks_and_what_diversification_saves() -> None:
    """Microsoft and AT&T, correlation 0.3: $1,622,657 in ten days, $219,369 less than apart (Hull)."""
    chance = np.random.default_rng(1)
    raw = chance.normal(size=(2, 4_000))
    raw = np.linalg.cholesky(np.linalg.inv(raw @ raw.T / 4_000)).T @ raw
    mixed = np.array([[1.0, 0.0], [0.3, np.sqrt(1 - 0.09)]]) @ raw
    returns = {"MSFT": list(0.02 * mixed[0]), "T": list(0.01 * mixed[1])}
    found = measure({"MSFT": D(10_000_000), "T": D(5_000_000)}, returns, horizon_h=10)
    assert found is not None
    assert float(found.parametric_99.var) == pytest.approx(1_622_657, rel=0.002)
    apart = sum(parametric(s, confidence=0.99, horizon_h=10)[0] for s in (200_000, 50_000))
    assert apart - float(found.parametric_99.var) == pytest.approx(219_369, rel=0.005)
    assert found.correlation[0][1] == D("0.300000")


def test_historical_var_is_the_loss_at_the_edge_of_the_worst_results() -> None:
    results = np.array([-float(n) for n in range(1, 101)])
    assert historical(results, confidence=0.95) == (96.0, 98.0)
    assert historical(results, confidence=0.99) == (100.0, 100.0)
    assert historical(-results, confidence=0.95) == (0.0, 0.0)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 1_000),
    notionals=st.lists(st.integers(-50_000, 50_000).filter(bool), min_size=3, max_size=3),
)
def test_components_sum_to_the_whole_and_the_tail_is_worse(seed: int, notionals: list[int]) -> None:
    found = book(seed, *map(str, notionals))
    parts = sum((one.component for one in found.components), D(0))
    assert abs(parts - found.parametric_95.var) <= D("0.05")
    for tail in (found.historical_95, found.historical_99, found.parametric_95):
        assert tail.cvar >= tail.var >= 0
    assert found.historical_99.var >= found.historical_95.var
    assert found.diversification >= D("0.999999")


@settings(max_examples=20)
@given(seed=st.integers(0, 1_000), factor=st.integers(2, 50))
def test_a_book_of_several_times_the_size_risks_as_many_times(seed: int, factor: int) -> None:
    small, large = book(seed, "1000", "-700"), book(seed, str(1000 * factor), str(-700 * factor))
    for name in ("historical_95", "parametric_99"):
        ratio = float(getattr(large, name).var) / float(getattr(small, name).var)
        assert ratio == pytest.approx(factor, rel=0.01)


def test_four_times_the_horizon_doubles_the_risk() -> None:
    day, four = book(7, "10000", horizon_h=24), book(7, "10000", horizon_h=96)
    assert abs(four.historical_95.var - 2 * day.historical_95.var) <= D("0.02")
    assert abs(scaled(day.historical_95.var, from_h=24, to_h=96) - four.historical_95.var) < D(
        "0.02"
    )


def test_a_hedge_has_a_negative_component_and_correlation() -> None:
    found = book(3, "10000", "-2000")
    assert found.components[1].component < 0
    assert found.correlation[0][1] > 0 > largest_correlation(found, counts_from=D(2000))


def test_a_position_too_small_to_count_correlates_with_nothing() -> None:
    found = book(3, "10000", "9000", "-100")
    pair = found.correlation[0][1]
    assert largest_correlation(found, counts_from=D(9000)) == pair > 0
    assert largest_correlation(found, counts_from=D(9001)) == 0
    assert largest_correlation(found, counts_from=D(0)) == pair


def test_too_few_hours_or_an_unknown_price_say_nothing() -> None:
    short = make_returns(1, hours=OBSERVATIONS_MIN - 1)
    assert measure({"BTCUSDT": D(1)}, short) is None
    assert measure({"DOGEUSDT": D(1)}, make_returns(1)) is None
    assert measure({}, make_returns(1)) is None


def test_a_gap_takes_the_hour_out_for_all() -> None:
    returns = make_returns(1, hours=OBSERVATIONS_MIN)
    returns["ETHUSDT"][5] = float("nan")
    assert measure({"BTCUSDT": D(1)}, returns) is not None
    assert measure({"BTCUSDT": D(1), "ETHUSDT": D(1)}, returns) is None


@pytest.mark.parametrize("horizon_h", [0, 721])
def test_a_horizon_is_one_hour_to_thirty_days(horizon_h: int) -> None:
    with pytest.raises(Invalid):
        measure({"BTCUSDT": D(1)}, make_returns(1), horizon_h=horizon_h)
