"""Positions are closed and accounts flattened; afterwards the exchange holds nothing of it."""

import re
from decimal import Decimal
from functools import partial

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import SYMBOLS
from tests.e2e.desk import DeskUnderTest, PaperKey
from tests.e2e.pages.positions import PositionsPage
from tests.e2e.pages.signals import SignalsPage
from tests.e2e.test_trading import ABLE
from tests.e2e.visitors import keep_picture
from tests.waiting import until

pytestmark = pytest.mark.e2e
SYMBOL = "ETHUSDT"
EMPTY_WITHIN_S = 60.0


@pytest.fixture(scope="module")
async def held(
    desk: DeskUnderTest, keys: dict[str, PaperKey], deployment: str
) -> dict[str, PaperKey]:
    return {label: keys[label] for label in ABLE}


async def open_everywhere(page: Page, desk: DeskUnderTest, deployment: str) -> None:
    """Open a position on every account that is able to."""
    signals = SignalsPage(page, desk.url)
    await signals.open()
    await signals.publish(deployment, SYMBOL, "Open long", stop=desk.stop_below(SYMBOL))
    grid = await signals.open_newest()
    for label in ABLE:
        await grid.expect_outcome(label, "Filled")


def is_empty(desk: DeskUnderTest, key: PaperKey, symbol: str) -> bool:
    """Tell whether the exchange holds neither position nor order of a symbol."""
    return desk.paper.held(key, symbol) == 0 and not desk.paper.working(key, symbol)


async def move_levels(
    page: Page, positions: PositionsPage, desk: DeskUnderTest, key: PaperKey
) -> None:
    """Move stop and target of a position; what would trigger at once is refused in the form."""
    drawer = await positions.open_position("cleo-second", SYMBOL)
    await expect(drawer.get_by_text("Exit plan")).to_be_visible()
    await keep_picture(page, "position-drawer")
    await page.get_by_role("button", name="Move stop and target").click()
    form = positions.dialog("Move stop and target")
    price = desk.paper.price(SYMBOL)
    await form.get_by_label("Stop").fill(str((price * 2).quantize(Decimal(1))))
    await form.get_by_label("Target").fill(str((price * 3).quantize(Decimal(1))))
    await form.get_by_label("Reason").fill("Closer to the market")
    await form.get_by_role("button", name="Move").click()
    await expect(form.get_by_text("It would trigger at once")).to_be_visible()
    await keep_picture(page, "levels-refused")
    stop = (price * Decimal("0.955")).quantize(Decimal(1))
    await form.get_by_label("Stop").fill(str(stop))
    await form.get_by_role("button", name="Move").click()
    await positions.expect_news("Moving stop and target", detail="Done.")
    wanted = "SELECT wanted_stop FROM positions WHERE symbol = %s"
    await until(
        lambda: stop in [row[0] for row in desk.rows(wanted, SYMBOL)], seconds=EMPTY_WITHIN_S
    )
    await expect(drawer.get_by_text(f"{stop:,}")).to_be_visible()


async def test_a_position_is_closed_and_an_account_flattened(
    desk: DeskUnderTest, confirmed_operator: Page, held: dict[str, PaperKey], deployment: str
) -> None:
    page = confirmed_operator
    await open_everywhere(page, desk, deployment)
    positions = PositionsPage(page, desk.url)
    await positions.open()
    for label in ABLE:
        await expect(positions.row(label, SYMBOL)).to_be_visible()
        await expect(positions.row(label, SYMBOL)).to_contain_text("Stop live")
    await keep_picture(page, "positions")

    await move_levels(page, positions, desk, held["cleo-second"])

    await positions.open()
    await positions.open_position("cleo-main", SYMBOL)
    await page.get_by_role("button", name="Close position").click()
    await positions.confirm(re.compile("^Close "), "Close position")
    await positions.expect_news("Closing", detail="Done.")
    key = held["cleo-main"]
    await until(partial(is_empty, desk, key, SYMBOL), seconds=EMPTY_WITHIN_S)
    await positions.open()
    await expect(positions.row("cleo-main", SYMBOL)).to_have_count(0)

    await positions.open_position("cleo-second", SYMBOL)
    await page.get_by_role("button", name="Flatten account").click()
    await positions.confirm(re.compile("^Flatten "), "Flatten account", phrase="flatten nobody")
    asked = positions.dialog(re.compile("^Flatten "))
    await expect(asked.get_by_text("Type exactly: flatten cleo carter")).to_be_visible()
    await keep_picture(page, "flatten-question")
    await positions.confirm(
        re.compile("^Flatten "), "Flatten account", phrase="flatten cleo carter"
    )
    await positions.expect_news("Flattening", detail="Done.")
    key = held["cleo-second"]
    for symbol in SYMBOLS:
        await until(partial(is_empty, desk, key, symbol), seconds=EMPTY_WITHIN_S)

    signals = SignalsPage(page, desk.url)
    await signals.open()
    await signals.publish(deployment, SYMBOL, "Close")
    for label in ABLE:
        await until(partial(is_empty, desk, held[label], SYMBOL), seconds=EMPTY_WITHIN_S)
    issued = [event["command"] for event in desk.events("CommandIssued")]
    assert "ClosePosition" in issued
    assert "FlattenAccount" in issued
