from decimal import Decimal

import pytest

from patriot_app.web.kit.heat_map import heat_of


@pytest.mark.parametrize(
    ("share", "heat"),
    [
        ("0", ""),
        ("0.0499", ""),
        ("0.05", "long-1"),
        ("-0.05", "short-1"),
        ("0.29", "long-2"),
        ("0.3", "long-3"),
        ("-12", "short-4"),
    ],
)
def test_a_cell_is_darker_the_more_it_weighs_and_tells_its_side(share: str, heat: str) -> None:
    assert heat_of(Decimal(share)) == heat
