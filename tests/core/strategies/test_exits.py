import pytest

from patriot_app.core.domain.exit_rules import Trailing
from patriot_app.core.errors import Invalid
from patriot_app.core.strategies.catalogue import CATALOGUE
from patriot_app.core.strategies.exits import EXIT_PARAMETERS, exit_rules


@pytest.mark.parametrize("kind", CATALOGUE)
def test_every_strategy_takes_exit_settings_and_begins_without_a_plan(kind: str) -> None:
    strategy = CATALOGUE[kind]
    assert set(EXIT_PARAMETERS) <= set(strategy.parameters)
    assert not exit_rules(strategy.read({})).is_any


def test_a_trailing_stop_is_read_from_the_form() -> None:
    values = CATALOGUE["ema_cross"].read({"trailing": "risk", "trailing_distance": "1.5"})
    rules = exit_rules(values)
    assert (rules.trailing, str(rules.trailing_distance)) == (Trailing.RISK, "1.5")


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"trailing": "atr"}, "trailing"),
        ({"trailing": "percent", "trailing_callback": "0"}, "trailing_callback"),
        ({"partial_trigger": "1"}, "partial_trigger"),
        ({"partial_trigger": "0.8", "reward_ratio": "0"}, "partial_trigger"),
        ({"partial_trigger": "0.5", "partial_stop": "0.5", "reward_ratio": "2"}, "partial_stop"),
        ({"partial_trigger": "0.8", "partial_close": "1", "reward_ratio": "2"}, "partial_close"),
    ],
)
def test_a_wrong_setting_is_named_with_its_rule(raw: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        CATALOGUE["ema_cross"].read(raw)
    assert set(caught.value.fields) == {field}
    assert caught.value.fields[field]


def test_an_operators_signal_may_bring_its_target_later() -> None:
    assert exit_rules(CATALOGUE["operator_signal"].read({"partial_trigger": "0.8"})).is_any
