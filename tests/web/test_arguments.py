from decimal import Decimal

import pydantic
import pytest

from patriot_app.core.errors import Invalid
from patriot_app.web.actions import Confirmation
from patriot_app.web.arguments import parse_form


class LimitForm(pydantic.BaseModel):
    value: Decimal = pydantic.Field(gt=0)
    reason: str = pydantic.Field(min_length=1, max_length=20)


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({"value": "x", "reason": "why"}, {"value": "Type a number, such as 0.25"}),
        ({"value": "0", "reason": "why"}, {"value": "Must be above 0"}),
        ({"value": "1", "reason": ""}, {"reason": "Please fill this in"}),
        ({"value": "1"}, {"reason": "Please fill this in"}),
        ({"value": "1", "reason": "x" * 21}, {"reason": "At most 20 characters, please"}),
        ({"value": "1", "reason": "why", "role": "admin"}, {"role": "Is not expected"}),
    ],
)
def test_a_wrong_form_is_told_field_by_field(form: dict[str, str], fields: dict[str, str]) -> None:
    with pytest.raises(Invalid) as caught:
        parse_form(LimitForm, form)
    assert caught.value.fields == fields


def test_a_number_is_parsed_without_passing_through_a_float() -> None:
    form = parse_form(LimitForm, {"value": "0.1000000000000000055", "reason": "why"})
    assert isinstance(form, LimitForm)
    assert form.value == Decimal("0.1000000000000000055")


def test_a_control_that_is_not_shown_counts_as_absent_not_as_wrong() -> None:
    form = parse_form(Confirmation, {"reason": "Because of it", "phrase": None})
    assert form == Confirmation(reason="Because of it")
    with pytest.raises(Invalid) as caught:
        parse_form(LimitForm, {"value": None, "reason": "why"})
    assert caught.value.fields == {"value": "Please fill this in"}
