"""What passes between the daemon and a strategy's process comes out as it went in."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.strategies.questions import (
    Answer,
    Question,
    read_answer,
    read_question,
    write_answer,
    write_question,
)
from patriot_app.core.domain.signals import Signal, SignalAction
from patriot_app.core.strategies.contract import Stance
from tests.factories.strategies import make_input

PRICES = st.decimals(min_value=Decimal("0.00000001"), max_value=Decimal(10**9), places=8)


def make_answer(price: Decimal, stop: Decimal | None, action: SignalAction) -> Answer:
    return Answer(
        Signal(
            symbol="BTCUSDT",
            key="bar:1",
            action=action,
            reference_price=price,
            stop_loss=stop,
            take_profit=None,
            confidence=Decimal("0.25"),
            bar_closed_at=datetime(2026, 1, 2, tzinfo=UTC),
            explanation="crossed\nupwards",
        )
    )


@given(price=PRICES, stop=st.none() | PRICES, action=st.sampled_from(SignalAction))
def test_an_answer_comes_back_as_it_went(
    price: Decimal, stop: Decimal | None, action: SignalAction
) -> None:
    answer = make_answer(price, stop, action)
    line = write_answer(answer)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert read_answer(line) == answer


@given(closes=st.lists(PRICES.map(str), min_size=1, max_size=20), stance=st.sampled_from(Stance))
def test_a_question_comes_back_as_it_went(closes: list[str], stance: Stance) -> None:
    question = Question("ema_cross", {"leverage": "5"}, make_input(closes, stance=stance))
    line = write_question(question)
    assert line.count(b"\n") == 1
    assert read_question(line) == question


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{}",
        b'{"signal": {"symbol": "X"}, "error": ""}',
        b'{"signal": 7, "error": ""}',
        write_answer(make_answer(Decimal(1), None, SignalAction.CLOSE)).replace(b'"1"', b'"NaN"'),
        write_answer(make_answer(Decimal(1), None, SignalAction.CLOSE)).replace(b'"1"', b'"1x"'),
    ],
)
def test_what_is_no_answer_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match="makes no sense"):
        read_answer(line)
