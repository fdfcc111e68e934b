"""Values of the record as text."""

from typing import Any

import pytest

from patriot_app.web import format
from patriot_app.web.parts import history


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, format.EMPTY),
        ("", format.EMPTY),
        ([], format.EMPTY),
        (True, "Yes"),
        (False, "No"),
        (["BTCUSDT", "ETHUSDT"], "BTCUSDT, ETHUSDT"),
        ({"leverage": "5"}, "leverage 5"),
        ("2.124500000000000000", "2.1245"),
        ("-40.000000000000000000", "-40"),
        ("1.10", "1.10"),
        ("10.0.0.10", "10.0.0.10"),
        (0, "0"),
    ],
)
def test_a_value_is_told_as_people_write_it(value: Any, text: str) -> None:
    assert history.told(value) == text
