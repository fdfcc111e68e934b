"""Forms made from specifications: every setting of the catalogue can be drawn and read back."""

import pytest

from patriot_app.core.strategies.catalogue import CATALOGUE
from patriot_app.core.strategies.parameters import ParameterKind
from patriot_app.web.console.strategies.forms import (
    PREFIX,
    field_of,
    parameter_form,
    parameters_of,
    prefixed,
)


@pytest.mark.parametrize("kind", sorted(CATALOGUE))
def test_a_form_sent_as_it_is_drawn_gives_the_defaults(kind: str) -> None:
    strategy = CATALOGUE[kind]
    fields = [field_of(spec) for spec in strategy.parameters]
    sent = {"name": "Trend", **{one.name: one.value for one in fields}}
    assert strategy.read(parameters_of(sent)) == strategy.read({})


@pytest.mark.parametrize("kind", sorted(CATALOGUE))
def test_every_setting_says_what_it_does(kind: str) -> None:
    for spec in CATALOGUE[kind].parameters:
        one = field_of(spec)
        assert spec.help in str(one.hint)
        if spec.kind is ParameterKind.CHOICE:
            assert [value for value, _ in one.options] == list(spec.choices)
        if spec.maximum is not None:
            assert f"{spec.maximum:f}" in str(one.hint)


def test_the_forms_of_all_strategies_are_drawn() -> None:
    drawn = str(parameter_form("ema_cross", {}))
    assert all(strategy.description in drawn for strategy in CATALOGUE.values())


def test_a_message_stands_at_its_setting() -> None:
    shown = prefixed("ema_cross", {"leverage": "too high", "name": "taken", "": "nothing differs"})
    assert shown == {
        f"{PREFIX}leverage": "too high",
        "name": "taken",
        "": "nothing differs",
    }


def test_what_is_no_setting_never_reaches_the_strategy() -> None:
    assert parameters_of({"name": "x", "switch": "yes", f"{PREFIX}leverage": "3"}) == {
        "leverage": "3"
    }
