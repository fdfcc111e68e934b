"""The parts of the page that change; each is drawn anew at every refresh."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from daemon.paper_exchange.candles import HOUR_MS, CandleReader
from daemon.paper_exchange.host import PaperHost
from daemon.paper_exchange.page.activity import Activity
from daemon.paper_exchange.page.fault_section import draw_faults
from daemon.paper_exchange.page.markup import (
    ROWS,
    Html,
    Piece,
    button,
    clock_time,
    number,
    pill,
    price,
    sparkline,
    table,
    text,
)
from daemon.paper_exchange.page.trading_sections import (
    draw_accounts,
    draw_fills,
    draw_orders,
    draw_positions,
)

SPEEDS: Final = (1, 10, 60, 120, 600)
STEPS: Final = (("+1 min", 60_000), ("+1 h", 3_600_000), ("+8 h", 28_800_000))


class Sections:
    """Draws the parts of the page."""

    def __init__(self, host: PaperHost, activity: Activity) -> None:
        self._host = host
        self._activity = activity
        self._candles = {name: CandleReader() for name in host.engines}
        self._drawers: Mapping[str, Callable[[], str]] = {
            "clock": self._clock,
            "figures": self._figures,
            "prices": self._prices,
            "accounts": lambda: draw_accounts(host),
            "positions": lambda: draw_positions(host),
            "orders": lambda: draw_orders(host),
            "fills": lambda: draw_fills(activity.fills),
            "faults": lambda: draw_faults(host),
            "streams": self._streams,
        }

    def draw(self) -> dict[str, str]:
        """Return every part as markup, by its name."""
        for engine in self._host.engines.values():
            engine.enter()
        return {name: draw() for name, draw in self._drawers.items()}

    def _clock(self) -> str:
        clock = self._host.clock
        if clock.finished:
            state = pill("end of the recording: prices stand still", "warn")
        elif clock.paused:
            state = pill("paused", "warn")
        else:
            state = pill(f"running {clock.speed:g}×", "good")
        word = "Run" if clock.paused else "Pause"
        body = json.dumps({"paused": not clock.paused})
        controls = [button(word, "/_paper/clock", body, tone="main")]
        controls += [
            button(
                f"{speed}×",
                "/_paper/clock",
                json.dumps({"speed": speed}),
                tone="on" if speed == clock.speed else "",
                hint=f"{speed} market seconds a second",
            )
            for speed in SPEEDS
        ]
        controls += [
            button(label, "/_paper/clock", json.dumps({"step_ms": step}), hint="step market time")
            for label, step in STEPS
        ]
        now = clock_time(clock.now_ms())
        return (
            f'<p class="time"><span class="unseen">Market time </span><b>{now}</b> UTC '
            f'{text(state)}</p><div class="buttons">{"".join(controls)}</div>'
        )

    def _figures(self) -> str:
        accounts = [a for e in self._host.engines.values() for a in e.accounts.values()]
        rates = self._activity.rates(self._host.wall_ms())
        requests = sum(self._host.entrance.requests.values())
        figures: list[tuple[str, Piece, str]] = [
            ("Accounts", number(len(accounts)), "on both exchanges"),
            (
                "Requests a second",
                Html(f'<span class="number">{sum(rates.values()):.1f}</span>'),
                f"{requests:,} since the start",
            ),
            ("Streams", number(len(self._host.sockets.lines)), "open sockets"),
            (
                "Faults planned",
                number(len(self._host.faults.rules)),
                f"{len(self._host.faults.happened)} happened lately",
            ),
        ]
        return "".join(
            f'<div class="figure"><span>{text(name)}</span><b>{text(value)}</b>'
            f"<small>{text(note)}</small></div>"
            for name, value, note in figures
        )

    def _prices(self) -> str:
        rows: list[list[Piece]] = []
        symbols = sorted({s for e in self._host.engines.values() for s in e.state.markets})
        for symbol in symbols:
            rows.append([Html(f"<b>{text(symbol)}</b>"), *self._quotes(symbol)])
        names = [name.title() for name in self._host.engines]
        return table(
            "Prices", ["Contract", "24 hours", "Change", *names], rows, empty="No contract."
        )

    def _quotes(self, symbol: str) -> list[Piece]:
        line, change = Html(""), Html("")
        quotes: list[Piece] = []
        for name, engine in self._host.engines.items():
            market = engine.state.markets.get(symbol)
            if market is None:
                quotes.append("–")
                continue
            if not line.markup:
                candles = self._candles[name].read(market, interval_ms=HOUR_MS // 2, limit=48)
                line = sparkline(candles)
                if candles:
                    before = candles[0].open
                    percent = (market.last_price - before) / before * 100
                    tone = "up" if percent >= 0 else "down"
                    shown = f"{percent:+.2f}".replace("-", "−")
                    change = Html(f'<span class="number {tone}">{shown} %</span>')
            closed = "" if market.trading else text(pill("closed", "bad"))
            last = price(market.last_price, market.spec.tick_size)
            quotes.append(Html(text(last) + closed))
        return [line, change, *quotes]

    def _streams(self) -> str:
        rates = self._activity.rates(self._host.wall_ms())
        counted: Counter[tuple[str, str, str]] = Counter()
        frames: Counter[tuple[str, str, str]] = Counter()
        for line in self._host.sockets.lines:
            key = (line.exchange, line.path.partition("/ws/")[0], line.address)
            counted[key] += 1
            frames[key] += line.frames
        rows: list[list[Piece]] = [
            [pill(key[0], key[0]), key[1], key[2], count, number(frames[key])]
            for key, count in counted.most_common(ROWS)
        ]
        shown = " · ".join(f"{name} {rate:.1f} requests a second" for name, rate in rates.items())
        heads = ["Exchange", "Path", "Address", "Sockets", "Frames sent"]
        note = f'<p class="note">{text(shown)}</p>' if shown else ""
        return note + table("Streams", heads, rows, empty="No socket is open.")
