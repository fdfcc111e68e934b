from decimal import Decimal
from typing import Any

import pytest

from patriot_app.core.domain.signals import SignalAction, bar_key, operator_key, validate_signal
from patriot_app.core.errors import Invalid
from tests.factories.market import MARKET_NOW, make_signal


def test_the_same_bar_gives_the_same_key() -> None:
    assert bar_key(MARKET_NOW) == bar_key(MARKET_NOW.astimezone())
    assert operator_key("abc") == "operator:abc"


def test_sensible_signals_pass() -> None:
    validate_signal(make_signal(take_profit="51000"))
    validate_signal(make_signal(action=SignalAction.CLOSE, stop_loss=None))
    validate_signal(
        make_signal(action=SignalAction.OPEN_SHORT, stop_loss="51000", take_profit="49000")
    )


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"stop_loss": None}, "stop_loss"),
        ({"stop_loss": "50000"}, "stop_loss"),
        ({"take_profit": "49500"}, "take_profit"),
        ({"action": SignalAction.OPEN_SHORT}, "stop_loss"),
        ({"confidence": Decimal("37.86")}, "confidence"),
        ({"reference_price": "0"}, "reference_price"),
    ],
)
def test_a_senseless_signal_names_its_field(overrides: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        validate_signal(make_signal(**overrides))
    assert field in caught.value.fields
