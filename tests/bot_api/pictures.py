"""Draw conversations with the bot as a phone shows them, for the docs.

`python -m tests.bot_api.pictures docs/images` lays screens out from made-up figures, by the same pure
functions as in a chat, and photographs them with Chromium.
"""

import asyncio
import base64
import os
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import escape
from pathlib import Path
from uuid import UUID

from playwright.async_api import async_playwright

from daemon.telegram.screens import halts, performance, portfolio, positions
from daemon.telegram.screens.screen import Screen, Viewer
from patriot_app.core.domain.halts import HaltScope
from patriot_app.core.domain.permissions import STAFF_ROLES, Actor, Role
from patriot_app.core.queries.accounts import AccountSummary
from patriot_app.core.queries.halt_effects import HaltEffect
from patriot_app.core.queries.page import Page
from patriot_app.core.queries.portfolio import CurvePoint, Portfolio, Span
from patriot_app.core.queries.positions import PositionSummary

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ADA = Viewer(Actor(UUID(int=1), "Ada", frozenset({Role.CUSTOMER}), "bot"), NOW)
OLGA = Viewer(Actor(UUID(int=2), "Olga", STAFF_ROLES, "bot"), NOW)
WIDTH = 420
STYLE = """
body{margin:0;padding:16px;background:#d5e4ef;font:15px/1.4 "DejaVu Sans",sans-serif;width:388px}
.mine,.its{border-radius:12px;padding:8px 12px;margin:0 0 8px;white-space:pre-wrap}
.mine{background:#e2fdc8;margin-left:120px}.its{background:#fff}
.row{display:flex;gap:6px;margin:0 0 6px}
.row span{flex:1;background:#8aa9bf;color:#fff;border-radius:8px;padding:7px 4px;text-align:center;
font-size:13px}
img{width:100%;border-radius:8px;display:block;margin-bottom:6px}
pre{margin:0;font-size:12px}
"""


def conversation(*turns: tuple[str, Screen]) -> str:
    """Return a page with what was written and the screens that answered."""
    return f"<meta charset=utf-8><style>{STYLE}</style>" + "".join(
        f'<div class="mine">{escape(said)}</div>{_bubble(screen)}' for said, screen in turns
    )


def _bubble(screen: Screen) -> str:
    pictures = "".join(
        f'<img src="data:image/png;base64,{base64.b64encode(one.content).decode()}">'
        for one in screen.files
        if one.is_picture
    )
    rows = "".join(
        '<div class="row">'
        + "".join(f"<span>{escape(button.label)}</span>" for button in row)
        + "</div>"
        for row in screen.rows
    )
    return f'<div class="its">{pictures}{screen.text}</div>{rows}'


def customer_conversation() -> str:
    """Return a customer's chat."""
    own = [_account("Main", "binance", "10230.5"), _account("Side", "bybit", "5012.5")]
    money = Portfolio(
        accounts=2,
        equity=Decimal("15243"),
        wallet_balance=Decimal("15100"),
        unrealised_pnl=Decimal("143"),
        available_balance=Decimal("13200"),
        day_profit=Decimal("86.4"),
        net_flows=Decimal("14000"),
        drawdown_fraction=Decimal("0.012"),
        observed_at=NOW - timedelta(seconds=4),
        booked_profit=Decimal("1100"),
        month_profit=Decimal("212.35"),
    )
    curve = [
        CurvePoint(
            NOW - timedelta(hours=168 - hour),
            Decimal(15_000),
            Decimal(hour * hour % 700 + 2 * hour - 120),
            Decimal("0.02"),
        )
        for hour in range(0, 168, 6)
    ]
    held = Page(items=(_position(),), total=1, page=1, size=8)
    return conversation(
        ("/portfolio", portfolio.summary_screen(ADA, money, own)),
        ("/positions", positions.screen(ADA, held, more=("", ""))),
        ("/performance week", performance.screen(ADA, Span.WEEK, curve)),
    )


def operator_conversation() -> str:
    """Return a chat in which the desk is halted."""
    effect = HaltEffect(128, 4, 17, 96, Decimal("412300"))
    target = halts.Target(HaltScope.EXCHANGE, "binance", "Binance")
    asked = Screen(OLGA.say("typed", word="HALT", digits="4821"))
    done = Screen(OLGA.say("halt.done", count=128))
    return conversation(
        ("/halt binance", halts.preview_screen(OLGA, halts.HALT, target, effect)),
        ("The exchange", asked),
        ("HALT 4821", done),
    )


def _account(label: str, exchange: str, equity: str) -> AccountSummary:
    return AccountSummary(
        id=UUID(int=5),
        label=label,
        client_id=UUID(int=1),
        client_name="Ada",
        exchange=exchange,
        mode="paper",
        status="active",
        status_reason="",
        is_demo=True,
        shard=0,
        created_at=NOW,
        is_ready=True,
        not_ready_reason="",
        parked_reason="",
        equity=Decimal(equity),
        wallet_balance=Decimal(equity),
        unrealised_pnl=Decimal(0),
        available_balance=Decimal(equity),
        initial_margin=Decimal(0),
        day_profit=Decimal("43.2"),
        drawdown_fraction=Decimal("0.01"),
        open_positions=1,
        unprotected_positions=0,
        credential_id=None,
        key_status="verified",
        masked_key="abcd…wxyz",
        key_checked_at=NOW,
        key_expires_at=None,
        observed_at=NOW,
        stream_at=NOW,
        synced_at=NOW,
        sync_error="",
    )


def _position() -> PositionSummary:
    return PositionSummary(
        account_id=UUID(int=5),
        account="Main",
        client_id=UUID(int=1),
        client="Ada",
        exchange="binance",
        mode="paper",
        symbol="BTCUSDT",
        position_side="BOTH",
        quantity=Decimal("0.05"),
        entry_price=Decimal(60_120),
        mark_price=Decimal(62_980),
        notional=Decimal(3_149),
        unrealised_pnl=Decimal(143),
        realised_pnl=Decimal(0),
        commission=Decimal("1.5"),
        leverage=5,
        liquidation_price=Decimal(49_000),
        liquidation_distance=Decimal("0.222"),
        wanted_stop=Decimal(59_500),
        live_stop=Decimal(59_500),
        wanted_target=None,
        live_target=None,
        unprotected_since=None,
        deployment_id=None,
        deployment="Trend",
        opened_at=NOW,
        price_at=NOW,
        exchange_quantity=Decimal("0.05"),
    )


async def draw(folder: Path) -> None:
    """Photograph the conversations into a folder."""
    pages = {"telegram-customer": customer_conversation(), "telegram-desk": operator_conversation()}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM"))
        for name, html in pages.items():
            page = await browser.new_page(viewport={"width": WIDTH, "height": 300})
            await page.set_content(html)
            await page.screenshot(path=folder / f"{name}.png", full_page=True)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(draw(Path(sys.argv[1])))
