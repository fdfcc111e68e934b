"""Small pieces of HTML; every text passes `text` or comes as `Html` already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from html import escape
from typing import Final

from daemon.paper_exchange.prices import Candle

ROWS: Final = 50
"""Rows of a table; of more it says how many there are."""


@dataclass(frozen=True, slots=True)
class Html:
    """Markup that is safe as it is."""

    markup: str


Piece = Html | str | int | Decimal


def text(piece: Piece) -> str:
    """Return a piece as markup; a text is escaped."""
    return piece.markup if isinstance(piece, Html) else escape(str(piece))


def money(amount: Decimal, *, signed: bool = False) -> Html:
    """Show an amount of USDT; its sign is told by more than its colour."""
    shown = f"{amount:+,.2f}" if signed else f"{amount:,.2f}"
    if not signed:
        return Html(f'<span class="number">{shown}</span>')
    tone = "up" if amount > 0 else "down" if amount < 0 else "flat"
    return Html(f'<span class="number {tone}">{shown.replace("-", "−")}</span>')


def number(amount: Decimal | int) -> Html:
    """Show a number with all its digits."""
    plain = f"{amount.normalize():f}" if isinstance(amount, Decimal) else f"{amount:,}"
    return Html(f'<span class="number">{plain}</span>')


def price(amount: Decimal, tick_size: Decimal) -> Html:
    """Show a price with the decimals of its contract, so that columns line up."""
    return Html(f'<span class="number">{amount.quantize(tick_size.normalize()):,f}</span>')


def clock_time(time_ms: int, *, with_date: bool = True) -> str:
    """Show a time in UTC."""
    pattern = "%Y-%m-%d %H:%M:%S" if with_date else "%H:%M:%S"
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime(pattern)


def pill(word: str, tone: str = "") -> Html:
    """Show a short word in a coloured frame."""
    return Html(f'<span class="pill {escape(tone)}">{escape(word)}</span>')


def table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[Piece]], *, empty: str
) -> str:
    """Show rows; on a narrow screen each becomes a card whose cells bear their heads."""
    body = [
        "<tr>"
        + "".join(
            f'<td data-label="{escape(head)}">{text(cell)}</td>'
            for head, cell in zip(heads, row, strict=True)
        )
        + "</tr>"
        for row in rows
    ]
    if not body:
        return f'<p class="empty">{escape(empty)}</p>'
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    return (
        f'<div class="scroll"><table><caption class="unseen">{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def button(
    label: str, path: str, body: str = "{}", *, method: str = "POST", tone: str = "", hint: str = ""
) -> str:
    """Show a button that sends a control request; `body` is JSON."""
    title = f' title="{escape(hint)}"' if hint else ""
    return (
        f'<button type="button" class="{escape(tone)}" data-send="{escape(method)}"'
        f' data-path="{escape(path)}" data-body="{escape(body)}"{title}>{escape(label)}</button>'
    )


def sparkline(candles: Sequence[Candle]) -> Html:
    """Draw closing prices as a line, without words for it."""
    closes = [float(candle.close) for candle in candles]
    if len(closes) < 2:
        return Html("")
    low, high = min(closes), max(closes)
    span = (high - low) or 1.0
    points = " ".join(
        f"{index * 100 / (len(closes) - 1):.1f},{26 - (close - low) / span * 24:.1f}"
        for index, close in enumerate(closes)
    )
    tone = "up" if closes[-1] >= closes[0] else "down"
    return Html(
        f'<svg class="spark {tone}" viewBox="0 0 100 28" preserveAspectRatio="none"'
        f' aria-hidden="true"><polyline points="{points}"/></svg>'
    )
