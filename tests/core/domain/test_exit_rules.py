from dataclasses import replace
from decimal import Decimal

from patriot_app.core.domain.exit_rules import ExitRules, problems_of, rules_from

RULE_80_80_50 = ExitRules(partial_trigger=Decimal("0.8"))


def test_settings_of_older_versions_switch_nothing_on() -> None:
    assert not rules_from({"leverage": "5", "risk_per_trade": "0.01"}).is_any
    assert rules_from({"trailing": "percent"}).is_any
    assert rules_from({"break_even": "1"}).is_any
    assert rules_from(RULE_80_80_50.to_json()) == RULE_80_80_50


def test_settings_that_contradict_each_other_are_named() -> None:
    wrong = replace(RULE_80_80_50, partial_stop=Decimal("0.8"))
    assert set(problems_of(wrong, has_target=True)) == {"partial_stop"}
    assert set(problems_of(RULE_80_80_50, has_target=False)) == {"partial_trigger"}
    assert problems_of(RULE_80_80_50, has_target=True) == {}
    assert problems_of(ExitRules(), has_target=False) == {}
