"""The samples that the gallery shows; they never pass for anybody's figures."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import reflex as rx

from patriot_app.web import format
from patriot_app.web.format import Figure, Moment
from patriot_app.web.kit.heat_map import Heat, HeatCell, HeatRow, heat_of
from patriot_app.web.kit.status_badge import Statuses

ORIGIN = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
"""The gallery's own frozen time: its figures are samples and never pass for anybody's."""


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One line of the sample table."""

    id: str
    account: str
    exchange: str
    status: str
    equity: Figure
    day: Figure
    quantity: str
    seen: Moment


ACCOUNT_STATUS: Statuses = {
    "active": ("positive", "Active"),
    "paused": ("neutral", "Paused"),
    "parked": ("danger", "Parked"),
    "warming": ("info", "Warming up"),
}


def rows() -> list[SampleRow]:
    """Return the lines of the sample table."""
    states = list(ACCOUNT_STATUS)
    return [
        SampleRow(
            id=f"row-{index}",
            account=f"Sample account {index + 1}",
            exchange="Binance USDT-M" if index % 3 else "Bybit v5",
            status=states[index % len(states)],
            equity=format.money(Decimal(12_840 + index * 977) + Decimal("0.31")),
            day=format.profit(Decimal((index * 37) % 23 - 11) * Decimal("7.43")),
            quantity=format.exact(Decimal("0.042") * (index + 1)),
            seen=at(4 + index * 55),
        )
        for index in range(7)
    ]


def stats() -> list[tuple[str, Figure, str]]:
    """Return what the cards show: label, figure and hint."""
    return [
        ("Equity under management", format.money(Decimal("1284301.22")), "98 accounts"),
        ("Profit today", format.profit(Decimal("8211.4")), "since 00:00 UTC"),
        ("Open exposure", format.money(Decimal("402118.9")), "long 61 %, short 39 %"),
        ("Unprotected positions", Figure("0"), "every position has a live stop"),
    ]


def curve() -> list[tuple[datetime, Decimal]]:
    """Return an equity by the hour."""
    values = [Decimal(10_000)]
    for step in range(160):
        swing = Decimal((step * 7919) % 211 - 92) / Decimal(2)
        values.append(values[-1] + swing)
    return [(ORIGIN + timedelta(hours=index), value) for index, value in enumerate(values)]


def heat() -> Heat:
    """Return a drawn table with every colour there is."""
    shares = [Decimal(one) / 100 for one in (2, 8, 22, 45, 120)]
    return Heat(
        columns=["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "DOGEUSDT"],
        rows=[
            HeatRow(
                label=f"Sample account {sign + 2}",
                note="equity 10,000",
                cells=[
                    HeatCell(
                        text=format.money(share * sign * 10_000, places=0).text,
                        note=f"{format.rate(share * sign, places=0).text} %",
                        heat=heat_of(share * sign),
                    )
                    for share in shares
                ],
            )
            for sign in (1, -1)
        ],
    )


def at(seconds: int) -> Moment:
    """Return a time so many seconds before the gallery's own."""
    return format.moment(ORIGIN - timedelta(seconds=seconds), now=ORIGIN)


def literal(value: Any, *, like: Any = None) -> Any:
    """Return a value as the var that a page would pass."""
    var = rx.Var.create(value)
    return var.to(like) if like is not None else var
