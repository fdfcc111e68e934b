from datetime import UTC, datetime
from decimal import Decimal

import pydantic
import pytest

from patriot_app.core.domain.dry_runs import DryRun
from patriot_app.core.domain.risk_limits import BreachReach, LimitName, Response
from patriot_app.core.queries.limit_trials import LimitTrial
from patriot_app.web.console.risk.limit_form import (
    ACTIONS,
    REACHES,
    LimitForm,
    signature,
    trial_text,
)

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def make_form(**overrides: object) -> LimitForm:
    return LimitForm.model_validate(
        {"name": "drawdown_fraction", "value": "0.3", "reason": "A calmer market"} | overrides
    )


def test_an_override_says_when_it_ends() -> None:
    form = make_form(hours=2)
    assert form.limit("desk", None).is_override
    assert form.payload("desk", "", now=NOON)["expires_at"] == "2026-05-04T14:00:00+00:00"
    assert form.named() == "Override: Drawdown"
    assert form.after() == "30.00 % for 2 h"
    assert make_form().payload("desk", "", now=NOON)["expires_at"] == ""


@pytest.mark.parametrize("hours", [0, 169])
def test_an_override_lasts_an_hour_to_a_week(hours: int) -> None:
    with pytest.raises(pydantic.ValidationError):
        make_form(hours=hours)


def test_a_trial_stands_for_what_was_tried_and_not_for_its_reason() -> None:
    tried = signature(make_form(), "desk")
    assert tried == signature(make_form(reason="Another reason"), "desk")
    assert tried != signature(make_form(value="0.31"), "desk")
    assert tried != signature(make_form(), "client")
    assert tried != signature(make_form(action="halve"), "desk")


def test_a_trial_tells_of_orders_and_of_what_is_held() -> None:
    words = trial_text(LimitTrial(DryRun(240, 17, 12, 3), measured=40, breaching=4))
    assert "Of 240 opening orders" in words
    assert "refused 17, on 12 accounts" in words
    assert "On 3 it cannot be tried." in words
    assert "Of 40 accounts measured now 4 would be in breach" in words
    assert trial_text(LimitTrial(None, None, 0)) == "Nothing is set yet."


def test_every_action_and_reach_can_be_chosen() -> None:
    assert {*ACTIONS} == {""} | {one.value for one in Response} - {"none"}
    assert {*REACHES} == {one.value for one in BreachReach}
    assert make_form(action="pause").limit("desk", None).action is Response.PAUSE
    assert make_form().limit("desk", None).name is LimitName.DRAWDOWN_FRACTION
    empty = make_form(hours="", action="")
    assert (empty.value, empty.hours, empty.action) == (Decimal("0.3"), None, None)
