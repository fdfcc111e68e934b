from decimal import Decimal
from typing import Any

import pytest

from patriot_app.core.domain.signals import Signal, SignalAction
from patriot_app.core.errors import Invalid
from patriot_app.core.strategies.operator_signal import OPERATOR_SIGNAL, make_operator_signal
from tests.factories.market import MARKET_NOW
from tests.factories.strategies import make_input


def publish(**overrides: Any) -> Signal:
    arguments: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "action": SignalAction.OPEN_LONG,
        "token": "f00",
        "reference_price": Decimal(50_000),
        "stop_loss": Decimal(49_000),
        "take_profit": None,
        "values": OPERATOR_SIGNAL.read({}),
        "market_now": MARKET_NOW,
    }
    return make_operator_signal(**(arguments | overrides))


def test_the_same_form_makes_the_same_signal() -> None:
    assert publish() == publish()
    assert publish().key == "operator:f00"


def test_a_close_needs_no_prices_and_takes_none() -> None:
    signal = publish(action=SignalAction.CLOSE)
    assert signal.stop_loss is None
    assert publish(action=SignalAction.CLOSE, stop_loss=None).action is SignalAction.CLOSE


@pytest.mark.parametrize("stop", [None, Decimal(50_001), Decimal(49_999), Decimal(30_000)])
def test_a_stop_that_makes_no_sense_is_refused(stop: Decimal | None) -> None:
    with pytest.raises(Invalid) as caught:
        publish(stop_loss=stop)
    assert list(caught.value.fields) == ["stop_loss"]


def test_bars_alone_decide_nothing() -> None:
    values = OPERATOR_SIGNAL.read({})
    assert OPERATOR_SIGNAL.decide(make_input([1, 2, 3]), values) is None
    assert OPERATOR_SIGNAL.is_manual
    assert OPERATOR_SIGNAL.bars_needed(values) == 0
