"""A strategy is set up and deployed; a signal goes out to all accounts while the operator watches."""

from functools import partial

import pytest
from playwright.async_api import Browser, Page, StorageState, expect

from tests.e2e.conftest import ACCOUNTS, DEPLOYMENT
from tests.e2e.desk import DeskUnderTest, PaperKey
from tests.e2e.pages.risk import MEASURED_MS, RiskPage
from tests.e2e.pages.signals import FanOutPage, SignalsPage
from tests.e2e.pages.strategies import StrategiesPage
from tests.e2e.visitors import PHONE_WIDTH, keep_picture, visiting
from tests.waiting import until

pytestmark = pytest.mark.e2e

ABLE = [label for label in ACCOUNTS if label != "dora-short"]
_SIGNALS = "SELECT count(*) FROM signals"


def has_stop(desk: DeskUnderTest, key: PaperKey, symbol: str) -> bool:
    """Tell whether an order waits at the exchange to close a position."""
    return bool(desk.paper.working(key, symbol))


def holders(desk: DeskUnderTest, keys: dict[str, PaperKey]) -> list[str]:
    """Return the accounts that hold Bitcoin."""
    return [label for label in ABLE if desk.paper.held(keys[label], "BTCUSDT")]


async def test_a_setting_out_of_range_is_told_beside_its_field_and_nothing_is_lost(
    desk: DeskUnderTest, operator: Page, keys: dict[str, PaperKey]
) -> None:
    strategies = StrategiesPage(operator, desk.url)
    await strategies.open()
    form = await strategies.fill_new("EMA cross", "Trend, quiet markets", Fast_average="9999")
    alert = form.get_by_role("alert").first
    await expect(alert).to_be_visible()
    await expect(form.get_by_label("Fast average", exact=True)).to_have_value("9999")
    await expect(form.get_by_label("Name", exact=True)).to_have_value("Trend, quiet markets")
    await keep_picture(operator, "strategy-form-wrong")
    await strategies.change(form, Fast_average="9")
    await strategies.send(form)
    await expect(form).to_have_count(0)
    assert desk.value("SELECT count(*) FROM strategies WHERE name = 'Trend, quiet markets'") == 1


async def test_a_signal_fills_the_grid_while_the_operator_watches(
    desk: DeskUnderTest, operator: Page, keys: dict[str, PaperKey], deployment: str
) -> None:
    watching = await operator.context.new_page()
    signals = SignalsPage(watching, desk.url)
    await signals.open()
    acting = SignalsPage(operator, desk.url)
    await acting.open()
    await acting.publish(deployment, "BTCUSDT", "Open long", stop=desk.stop_below("BTCUSDT"))

    rows = watching.get_by_test_id("signals-table").locator("tbody tr[data-row]")
    await expect(rows.first).to_contain_text("BTCUSDT")  # without a reload
    grid = await acting.open_newest()
    for label in ABLE:
        await grid.expect_outcome(label, "Filled")
    await grid.expect_outcome("dora-short", "Skipped", code="BELOW_MIN_QUANTITY")
    await keep_picture(operator, "fan-out")

    for label in ABLE:
        assert desk.paper.held(keys[label], "BTCUSDT") > 0, label
        await until(partial(has_stop, desk, keys[label], "BTCUSDT"))
    assert desk.paper.held(keys["dora-short"], "BTCUSDT") == 0
    assert desk.events("SignalRecorded")


async def test_only_accounts_that_failed_are_tried_again(
    desk: DeskUnderTest,
    chromium: Browser,
    operator: Page,
    operator_state: StorageState,
    keys: dict[str, PaperKey],
    deployment: str,
) -> None:
    desk.paper.refuse_next(keys["dora-main"])
    signals = SignalsPage(operator, desk.url)
    await signals.open()
    await signals.publish(deployment, "ETHUSDT", "Open long", stop=desk.stop_below("ETHUSDT"))
    grid = await signals.open_newest()
    await grid.expect_outcome("dora-main", "Failed")
    await grid.expect_outcome("cleo-main", "Filled")
    held = {label: desk.paper.held(key, "ETHUSDT") for label, key in keys.items()}

    async with visiting(chromium, desk.url, state=operator_state, width=PHONE_WIDTH) as phone:
        await phone.goto(operator.url)
        small = FanOutPage(phone, desk.url)
        await small.ask_retry("ETHUSDT")
        await keep_picture(phone, "retry-asked-390")
        assert await small.overflow() <= 0

        question = await grid.ask_retry("ETHUSDT")
        await keep_picture(operator, "retry-asked")
        await grid.retry(question)
        await grid.open_newest_retry()
        await grid.expect_outcome("dora-main", "Filled")
        await expect(grid.row("cleo-main")).to_have_count(0)
        await keep_picture(operator, "retry-done")

        await phone.goto(operator.url)
        await small.expect_outcome("dora-main", "Filled")
        assert await small.overflow() <= 0
        await keep_picture(phone, "retry-done-390")
    assert desk.paper.held(keys["dora-main"], "ETHUSDT") > 0
    for label in (label for label in ABLE if held[label]):
        assert desk.paper.held(keys[label], "ETHUSDT") == held[label], "nothing is sent twice"

    await signals.open()
    await signals.publish(deployment, "ETHUSDT", "Close")
    await until(lambda: not any(desk.paper.held(key, "ETHUSDT") for key in keys.values()))


async def test_a_paused_deployment_takes_no_signal_until_it_is_resumed(
    desk: DeskUnderTest, operator: Page, keys: dict[str, PaperKey], deployment: str
) -> None:
    strategies = StrategiesPage(operator, desk.url)
    await strategies.open()
    drawer = await strategies.open_deployment(DEPLOYMENT)
    await strategies.act(drawer, "Pause")
    await expect(drawer.get_by_text("Paused", exact=True).first).to_be_visible()
    before = desk.value(_SIGNALS)

    signals = SignalsPage(operator, desk.url)
    await signals.open()
    assert not [text for text in await signals.offered() if DEPLOYMENT in text]
    assert desk.value(_SIGNALS) == before
    assert desk.value("SELECT status FROM deployments WHERE name = %s", DEPLOYMENT) == "paused"

    await strategies.open()
    drawer = await strategies.open_deployment(DEPLOYMENT)
    await strategies.act(drawer, "Resume")
    await expect(drawer.get_by_text("Running", exact=True).first).to_be_visible()
    changes = [event["status"] for event in desk.events("DeploymentStatusChanged")]
    assert changes[-2:] == ["paused", "running"]


async def test_a_limit_denies_the_next_order_with_its_code(
    desk: DeskUnderTest, operator: Page, keys: dict[str, PaperKey], deployment: str
) -> None:
    risk = RiskPage(operator, desk.url)
    await risk.open()
    await risk.set_desk_limit("position_notional", "10")
    await expect(operator.get_by_test_id("limits-table")).to_contain_text("10")
    await keep_picture(operator, "risk-limit")

    signals = SignalsPage(operator, desk.url)
    await signals.open()
    await signals.publish(deployment, "ETHUSDT", "Open long", stop=desk.stop_below("ETHUSDT"))
    grid = await signals.open_newest()
    for label in ABLE:
        await grid.expect_outcome(label, "Denied", code="POSITION_NOTIONAL_LIMIT")
        assert desk.paper.held(keys[label], "ETHUSDT") == 0
    await keep_picture(operator, "fan-out-denied")
    assert len(desk.events("LimitSet")) == 1

    await risk.open()
    await expect(operator.get_by_test_id("denials-table")).to_contain_text("POSITION_NOTIONAL")
    await risk.clear_first_limit()
    await expect(operator.get_by_text("No limit is set")).to_be_visible()


async def test_a_breach_is_seen_and_an_override_loosens_its_limit_for_a_while(
    desk: DeskUnderTest, operator: Page, keys: dict[str, PaperKey], deployment: str
) -> None:
    if not holders(desk, keys):
        signals = SignalsPage(operator, desk.url)
        await signals.open()
        await signals.publish(deployment, "BTCUSDT", "Open long", stop=desk.stop_below("BTCUSDT"))
        await until(lambda: bool(holders(desk, keys)))
    holder = holders(desk, keys)[0]
    risk = RiskPage(operator, desk.url)
    await risk.open()
    await risk.set_desk_limit("position_notional", "10")
    await risk.acknowledge("Position notional", holder)
    assert desk.events("RiskBreachAcknowledged")

    drawer = await risk.open_account(holder)
    await risk.override(drawer, "position_notional", "1000000", hours="1")
    await expect(drawer.get_by_test_id("overrides-table")).to_contain_text("1,000,000")
    await keep_picture(operator, "risk-override")
    desk.rows("UPDATE risk_limits SET expires_at = now() WHERE is_override RETURNING id")
    await expect(drawer).to_contain_text("Override of Position notional over", timeout=MEASURED_MS)
    await expect(drawer).to_contain_text("It expired")
    await operator.keyboard.press("Escape")
    await expect(drawer).to_have_count(0)

    form = await risk.run_own_shock("140")
    await expect(form.get_by_role("alert")).to_contain_text("Prices fall by up to 100 %")
    await risk.run_own_shock("40")
    own = operator.get_by_test_id("own-stress-table")
    await expect(own).to_contain_text("All at once")
    await expect(own).to_contain_text("prices fall by 40 %")
    await keep_picture(operator, "risk-stress")
    await risk.clear_first_limit()
    await expect(operator.get_by_text("No limit is set")).to_be_visible()
