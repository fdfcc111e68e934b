"""The regime on series whose volatility is known."""

import numpy as np
import pytest

from patriot_app.core.domain.measures import Floats, as_floats
from patriot_app.core.domain.regimes import Regime, forecast_deviations, regime_of


def days(*stretches: tuple[int, float]) -> Floats:
    draw = np.random.default_rng(5)
    return np.concatenate([draw.normal(0, deviation, count) for count, deviation in stretches])


def test_a_stretch_wilder_than_the_past_is_turbulent_and_a_quieter_one_calm() -> None:
    assert regime_of(days((300, 0.01), (30, 0.04))).regime is Regime.TURBULENT
    assert regime_of(days((300, 0.02), (60, 0.004))).regime is Regime.CALM
    assert regime_of(as_floats([0.01, -0.01] * 100)).regime is Regime.NORMAL


def test_steady_volatility_is_normal_nearly_always() -> None:
    draw = np.random.default_rng(11)
    seen = [regime_of(draw.normal(0, 0.01, 250)).regime for _ in range(200)]
    assert seen.count(Regime.NORMAL) >= 185


def test_the_model_holds_its_band_where_returns_are_normal() -> None:
    view = regime_of(days((2_000, 0.01)))
    assert view.held.value == pytest.approx(0.9, abs=0.03)
    assert view.now.value == pytest.approx(0.01 * np.sqrt(365), rel=0.5)
    assert view.usual.value == pytest.approx(0.01 * np.sqrt(365), rel=0.05)


def test_a_forecast_is_made_from_the_days_before_only() -> None:
    quiet = as_floats([0.01] * 40)
    shocked = as_floats([*[0.01] * 39, 0.5])
    assert forecast_deviations(quiet)[39] == forecast_deviations(shocked)[39]
    assert forecast_deviations(shocked)[40] > forecast_deviations(quiet)[40]


def test_too_few_or_unmoved_days_have_no_regime() -> None:
    assert regime_of(as_floats([0.01] * 29)).regime is None
    assert regime_of(as_floats([0.0] * 40)).now.why == "the returns do not vary"
