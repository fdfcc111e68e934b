"""A compliance report is asked for, made by the daemon, read and saved."""

from datetime import UTC, timedelta

import pytest
from playwright.async_api import Page, expect

from patriot_app.core.clock import SystemClock
from tests.e2e.accessibility import barriers
from tests.e2e.desk import DeskUnderTest
from tests.e2e.pages.compliance import CompliancePage
from tests.e2e.visitors import keep_picture, saved_text

pytestmark = pytest.mark.e2e
_DIGEST = "SELECT encode(digest, 'hex') FROM compliance_reports WHERE starts_on = %s"


async def test_a_report_is_made_read_and_saved(
    desk: DeskUnderTest, confirmed_operator: Page
) -> None:
    page = confirmed_operator
    compliance = CompliancePage(page, desk.url)
    await compliance.open()
    today = SystemClock().now().astimezone(UTC).date()
    tomorrow, yesterday = today + timedelta(days=1), today - timedelta(days=1)
    form = await compliance.make(first=yesterday, last=tomorrow)
    await expect(form.get_by_role("alert").first).to_be_visible()  # not over yet
    await keep_picture(page, "compliance-form-wrong")
    await page.keyboard.press("Escape")

    form = await compliance.make(first=yesterday, last=yesterday)
    await expect(form).to_have_count(0)
    await compliance.expect_news("The report is being made", detail="Done.")
    drawer = await compliance.open_report(f"{yesterday}")
    await keep_picture(page, "compliance-report")
    assert await barriers(page) == []
    async with page.expect_download() as saved:
        await drawer.get_by_role("button", name="Markdown").click()
    download = await saved.value
    assert download.suggested_filename == f"compliance-{yesterday}-{yesterday}.md"
    text = await saved_text(download)
    assert f"{yesterday}" in text
    assert desk.value(_DIGEST, yesterday) in text
    await drawer.get_by_role("button", name="Print").click()
    made = [event["starts_on"] for event in desk.events("ComplianceReportMade")]
    assert made.count(f"{yesterday}") == 1
