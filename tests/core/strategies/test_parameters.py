from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.errors import Invalid, NotFound
from patriot_app.core.strategies.catalogue import CATALOGUE, strategy_named
from patriot_app.core.strategies.contract import trade_parameters
from patriot_app.core.strategies.parameters import (
    ParameterValue,
    parameter_hash,
    to_raw,
    validate,
)

EMA = strategy_named("ema_cross")


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_the_defaults_of_every_strategy_are_valid(name: str) -> None:
    strategy = strategy_named(name)
    values = strategy.read({})
    assert strategy.read(to_raw(values)) == values
    assert strategy.bars_needed(values) >= 0
    trade = trade_parameters(values)
    assert (trade.risk_fraction, trade.leverage, trade.interval_minutes) == (
        Decimal("0.01"),
        5,
        15,
    )
    assert all(spec.help and spec.label for spec in strategy.parameters)


def test_values_are_typed() -> None:
    values = EMA.read(
        {
            "fast_period": "5",
            "risk_per_trade": "0.02",
            "interval_minutes": "1",
            "allow_short": "false",
        }
    )
    assert values["fast_period"] == 5
    assert values["risk_per_trade"] == Decimal("0.02")
    assert values["allow_short"] is False
    assert trade_parameters(values).interval_minutes == 1


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("fast_period", "1", "at least 2"),
        ("fast_period", "12.5", "whole number"),
        ("leverage", "126", "at most 125"),
        ("leverage", "٥x", "whole number"),
        ("risk_per_trade", "a lot", "Must be a number"),
        ("risk_per_trade", "NaN", "Must be a number"),
        ("risk_per_trade", "1e999999999", "Must be"),
        ("risk_per_trade", "0.2", "at most 0.1"),
        ("interval_minutes", "7", "one of 1, 5, 15, 60"),
        ("allow_short", "perhaps", "true or false"),
        ("colour", "blue", "no such parameter"),
    ],
)
def test_a_wrong_value_names_its_field_and_rule(name: str, text: str, rule: str) -> None:
    with pytest.raises(Invalid) as caught:
        EMA.read({name: text})
    assert rule in caught.value.fields[name]
    assert list(caught.value.fields) == [name]


def test_every_wrong_field_is_told_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        EMA.read({"fast_period": "0", "leverage": "0"})
    assert set(caught.value.fields) == {"fast_period", "leverage"}


def test_settings_must_fit_each_other() -> None:
    with pytest.raises(Invalid) as caught:
        EMA.read({"fast_period": "50", "slow_period": "50"})
    assert "shorter than the slow" in caught.value.fields["fast_period"]
    with pytest.raises(Invalid):
        strategy_named("donchian_breakout").read({"entry_period": "10", "exit_period": "11"})


def test_the_hash_tells_settings_apart_and_not_their_order() -> None:
    values = EMA.read({})
    turned = dict(reversed(values.items()))
    other = EMA.read({"fast_period": "13"})
    assert parameter_hash("ema_cross", 1, values) == parameter_hash("ema_cross", 1, turned)
    assert parameter_hash("ema_cross", 1, values) != parameter_hash("ema_cross", 1, other)
    assert parameter_hash("ema_cross", 1, values) != parameter_hash("ema_cross", 2, values)


def test_an_unknown_strategy_is_not_found() -> None:
    with pytest.raises(NotFound):
        strategy_named("crystal_ball")


@given(raw=st.dictionaries(st.sampled_from([s.name for s in EMA.parameters]), st.text(max_size=60)))
def test_any_text_is_either_valid_or_refused(raw: dict[str, str]) -> None:
    refused: dict[str, str] = {}
    values: dict[str, ParameterValue] = {}
    try:
        values = validate(EMA.parameters, raw)
    except Invalid as error:
        refused = error.fields
    assert set(refused) <= set(raw)
    assert bool(refused) != bool(values)
