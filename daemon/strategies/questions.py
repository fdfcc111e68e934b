"""What passes between the daemon and a strategy's process: one line of JSON each way.

Plain text on purpose: a strategy that was taken over can say something wrong, never something that
runs where the keys are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from patriot_app.core.domain.candles import Candle
from patriot_app.core.domain.signals import Signal, SignalAction
from patriot_app.core.strategies.contract import Stance, StrategyInput

LINE_BYTES_MAX = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Question:
    """What a strategy is to decide."""

    kind: str
    parameters: Mapping[str, str]
    seen: StrategyInput


@dataclass(frozen=True, slots=True)
class Answer:
    """A signal, none, or what went wrong."""

    signal: Signal | None
    error: str = ""


def write_question(question: Question) -> bytes:
    """Return a question as a line."""
    seen = question.seen
    return _line(
        {
            "kind": question.kind,
            "parameters": {name: str(value) for name, value in question.parameters.items()},
            "symbol": seen.symbol,
            "stance": seen.stance.value,
            "candles": [_row(candle) for candle in seen.candles],
        }
    )


def read_question(line: bytes) -> Question:
    """Return the question of a line that `write_question` made."""
    said = orjson.loads(line)
    seen = StrategyInput(
        symbol=said["symbol"],
        candles=[_candle(row) for row in said["candles"]],
        stance=Stance(said["stance"]),
    )
    return Question(said["kind"], said["parameters"], seen)


def write_answer(answer: Answer) -> bytes:
    """Return an answer as a line."""
    signal = answer.signal
    body: dict[str, Any] = {"error": answer.error, "signal": None}
    if signal is not None:
        body["signal"] = {
            "symbol": signal.symbol,
            "key": signal.key,
            "action": signal.action.value,
            "reference_price": str(signal.reference_price),
            "stop_loss": _text(signal.stop_loss),
            "take_profit": _text(signal.take_profit),
            "confidence": str(signal.confidence),
            "bar_closed_at": signal.bar_closed_at.isoformat(),
            "explanation": signal.explanation,
        }
    return _line(body)


def read_answer(line: bytes) -> Answer:
    """Return the answer of a line.

    Raises:
        ValueError: it is not one.
    """
    try:
        said = orjson.loads(line)
        row = said["signal"]
        return Answer(None if row is None else _signal(row), str(said["error"]))
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise ValueError(f"Its answer makes no sense ({type(error).__name__})") from error


def _signal(row: Mapping[str, Any]) -> Signal:
    return Signal(
        symbol=str(row["symbol"]),
        key=str(row["key"]),
        action=SignalAction(row["action"]),
        reference_price=_number(row["reference_price"]),
        stop_loss=None if row["stop_loss"] is None else _number(row["stop_loss"]),
        take_profit=None if row["take_profit"] is None else _number(row["take_profit"]),
        confidence=_number(row["confidence"]),
        bar_closed_at=datetime.fromisoformat(row["bar_closed_at"]),
        explanation=str(row["explanation"]),
    )


def _number(shown: object) -> Decimal:
    number = Decimal(str(shown))
    if not number.is_finite():
        raise ValueError("A figure is not finite")
    return number


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _row(candle: Candle) -> list[str]:
    return [
        candle.opened_at.isoformat(),
        candle.closed_at.isoformat(),
        *(str(v) for v in (candle.open, candle.high, candle.low, candle.close, candle.volume)),
    ]


def _candle(row: list[str]) -> Candle:
    opened_at, closed_at, *prices = row
    return Candle(
        datetime.fromisoformat(opened_at),
        datetime.fromisoformat(closed_at),
        *(Decimal(price) for price in prices),
    )


def _line(body: Mapping[str, Any]) -> bytes:
    return orjson.dumps(body) + b"\n"
