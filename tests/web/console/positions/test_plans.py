"""The exit plan in words: prices for what will happen, and what is done."""

from decimal import Decimal

from patriot_app.core.domain.exit_rules import ExitRules, Trailing
from patriot_app.web.console.positions.plans import PlanRow, plan_row
from patriot_app.web.console.positions.rows import position_row
from tests.web.console.read_models import NOW, make_position_summary

RULES = ExitRules(
    trailing=Trailing.PERCENT,
    trailing_activation=Decimal("0.02"),
    trailing_callback=Decimal("0.01"),
    partial_trigger=Decimal("0.8"),
    break_even=Decimal(1),
)


def shown(**overrides: object) -> PlanRow:
    values = {
        "plan_state": "active",
        "plan_rules": RULES.to_json(),
        "first_stop": Decimal(49_000),
        "best_price": Decimal("51000.5"),
        "partial": "waiting",
        "wanted_target": Decimal(52_000),
    }
    return plan_row(make_position_summary(**{**values, **overrides}), now=NOW)


def test_a_position_without_a_plan_says_so() -> None:
    assert plan_row(make_position_summary(), now=NOW) == PlanRow()


def test_a_plan_names_the_prices_at_which_it_acts() -> None:
    plan = shown()
    assert plan.trailing == "From 51,000 on, at 1 % of the best price"
    assert plan.partial == "At 51,600: closes 80 %, stop to 51,000"
    assert plan.break_even == "At 51,000"
    assert plan.best == "51,000.5"


def test_a_short_acts_below_its_entry() -> None:
    plan = shown(
        quantity=Decimal("-0.5"), first_stop=Decimal(51_000), wanted_target=Decimal(48_000)
    )
    assert plan.trailing.startswith("From 49,000 on")
    assert plan.partial == "At 48,400: closes 80 %, stop to 49,000"
    assert plan.break_even == "At 49,000"


def test_what_is_done_is_told_as_done() -> None:
    plan = shown(trailing_since=NOW, break_even_at=NOW, partial="done")
    assert plan.trailing == "Follows at 1 % of the best price"
    assert (plan.partial, plan.break_even) == ("Done", "Done")
    assert plan.trailing_since.iso
    assert shown(wanted_target=None).partial == "Needs a target"


def test_the_form_begins_with_prices_as_they_are_typed() -> None:
    row = position_row(make_position_summary(wanted_target=Decimal("52000.50")), now=NOW)
    assert (row.stop_text, row.target_text) == ("49000", "52000.5")
