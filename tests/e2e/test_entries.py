"""An entry waits at its price; the operator changes it and takes all of them back."""

from decimal import Decimal

import pytest
from playwright.async_api import Page, expect

from tests.e2e.desk import DeskUnderTest, PaperKey
from tests.e2e.pages.orders import OrdersPage
from tests.e2e.pages.signals import SignalsPage
from tests.e2e.visitors import keep_picture
from tests.waiting import until

pytestmark = pytest.mark.e2e

_WORKING = (
    "SELECT count(*) FROM attempts JOIN intents ON intents.id = intent_id"
    " WHERE order_type = 'LIMIT' AND attempts.state = 'open'"
)
_AT_PRICE = (
    "SELECT count(*) FROM attempts JOIN intents ON intents.id = intent_id"
    " WHERE order_type = 'LIMIT' AND attempts.state = 'open' AND price = %s"
)
_UNDER_WAY = (
    "SELECT count(*) FROM fan_outs WHERE state NOT IN ('finished', 'expired')"
    " AND signal_id = (SELECT id FROM signals ORDER BY created_at DESC LIMIT 1)"
)


async def test_an_entry_waits_is_changed_and_taken_back(
    desk: DeskUnderTest, confirmed_operator: Page, keys: dict[str, PaperKey], deployment: str
) -> None:
    price = (desk.paper.price("ETHUSDT") * Decimal("0.9")).quantize(Decimal(1))
    signals = SignalsPage(confirmed_operator, desk.url)
    await signals.open()
    wrong = price * Decimal("1.01")
    await signals.review(deployment, "ETHUSDT", "Open long", stop=wrong, limit=price)
    form = signals.dialog("Publish a signal")
    await expect(form.get_by_role("alert").first).to_contain_text("stop must be below")
    await keep_picture(confirmed_operator, "limit-signal-wrong")
    await form.get_by_role("button", name="Cancel").click()
    stop = (price * Decimal("0.95")).quantize(Decimal(1))
    await signals.publish(deployment, "ETHUSDT", "Open long", stop=stop, limit=price)
    # Every account has its order: the newest one stays the first of the list.
    await until(lambda: desk.value(_UNDER_WAY) == 0 and desk.value(_WORKING) > 0)

    orders = OrdersPage(confirmed_operator, desk.url)
    await orders.open("?order_type=LIMIT&live=yes")
    await expect(orders.rows.first).to_contain_text("Working")
    await keep_picture(confirmed_operator, "orders-working")
    drawer = await orders.open_first()
    await keep_picture(confirmed_operator, "order-working")
    await orders.change_price(drawer, price - 5)
    await orders.expect_news("Change requested", detail="Done.")
    await until(lambda: desk.value(_AT_PRICE, price - 5) == 1)

    await orders.open("?order_type=LIMIT&live=yes")
    await orders.cancel_entries("The whole desk")
    await orders.expect_news("Entries are being cancelled")
    await until(lambda: desk.value(_WORKING) == 0)
    await keep_picture(confirmed_operator, "orders-taken-back")
    causes = {event["cause"] for event in desk.events("EntryWithdrawn")}
    assert causes == {"operator"}
