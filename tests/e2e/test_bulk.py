"""Many clients at once: who is skipped is told before, each row's result after."""

import re

import pytest
from playwright.async_api import Browser, Page, StorageState, expect

from tests.e2e.accessibility import barriers
from tests.e2e.desk import DeskUnderTest
from tests.e2e.pages.bulk import BulkPage
from tests.e2e.pages.clients import ClientsPage
from tests.e2e.visitors import PHONE_WIDTH, keep_picture, saved_text, visiting

pytestmark = pytest.mark.e2e

NAMES = ("Bulk Anna", "Bulk Bert", "Bulk Cara", "Bulk Dave")
APPROVED = NAMES[:3]
_STATUSES = "SELECT name, status FROM users WHERE name LIKE 'Bulk %%' ORDER BY name"
_SET = "UPDATE users SET status = %s WHERE name = %s RETURNING id"


async def enter_clients(page: Page, desk: DeskUnderTest) -> None:
    """Enter clients without passwords by the form's own route."""
    clients = ClientsPage(page, desk.url)
    await clients.open()
    await page.get_by_role("button", name="New client").click()
    csrf = page.get_by_role("dialog").locator('input[name="csrf"]')
    await expect(csrf).not_to_have_value("")
    for name in NAMES:
        answer = await page.request.post(
            f"{desk.url}/api/clients",
            form={
                "csrf": await csrf.input_value(),
                "name": name,
                "email": f"{name.lower().replace(' ', '.')}@example.com",
            },
            headers={"origin": desk.url, "accept": "application/json"},
        )
        assert answer.ok, await answer.text()


def statuses(desk: DeskUnderTest) -> dict[str, str]:
    return dict(desk.rows(_STATUSES))


def listen(page: Page, heard: list[str]) -> None:
    """Keep what the server says on the sockets that the page opens from now on."""
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame))),
    )


def told_of(heard: list[str]) -> set[str]:
    """Return how far the page was told to be, such as "2 of 3"; the total is told once."""
    whole = re.findall(r'"total\w*":(\d+)', "".join(heard))
    return {f"{done} of {whole[-1]}" for done in re.findall(r'"done\w*":(\d+)', "".join(heard))}


async def test_a_bulk_suspension_tells_who_is_skipped_and_retries_only_what_failed(
    desk: DeskUnderTest, chromium: Browser, operator: Page, operator_state: StorageState
) -> None:
    await enter_clients(operator, desk)
    bulk = BulkPage(operator, desk.url)
    await bulk.open("?act=approve&q=Bulk")
    await bulk.row("Bulk Dave").get_by_role("checkbox").click()
    await expect(operator.get_by_role("button", name="Do it to 3")).to_be_visible()
    await bulk.run("Do it to 3")
    await bulk.expect_rows(dict.fromkeys(APPROVED, "Done") | {"Bulk Dave": "Not ticked"})

    async with visiting(chromium, desk.url, state=operator_state, width=PHONE_WIDTH) as phone:
        small = BulkPage(phone, desk.url)
        await bulk.open("?act=suspend&q=Bulk")
        await small.open("?act=suspend&q=Bulk")
        for page in (bulk, small):
            await page.expect_rows(dict.fromkeys(APPROVED, "Will be done"))
            await expect(page.row("Bulk Dave")).to_contain_text("Awaits approval")
            await expect(page.row("Bulk Dave")).to_contain_text("Skipped")
        await keep_picture(operator, "bulk-preflight")
        await keep_picture(phone, "bulk-preflight-390")
        assert await small.overflow() <= 0
        assert await barriers(phone) == []

    heard: list[str] = []
    listen(operator, heard)
    await bulk.open("?act=suspend&q=Bulk")
    await bulk.expect_rows(dict.fromkeys(APPROVED, "Will be done"))
    desk.rows(_SET, "pending_verification", "Bulk Bert")  # meanwhile, by somebody else
    await bulk.run("Do it to 3")
    await bulk.expect_rows({"Bulk Anna": "Done", "Bulk Bert": "Failed", "Bulk Cara": "Done"})
    await keep_picture(operator, "bulk-results")
    assert await barriers(operator) == []
    async with operator.expect_download() as saved:
        await operator.get_by_role("button", name="CSV").click()
    lines = (await saved_text(await saved.value)).splitlines()
    assert lines[0] == "id,name,result,why"
    assert [line.split(",")[1:3] for line in lines[1:]] == [
        ["Bulk Anna", "done"],
        ["Bulk Bert", "failed"],
        ["Bulk Cara", "done"],
        ["Bulk Dave", "skipped"],
    ]

    assert {"1 of 3", "2 of 3", "3 of 3"} <= told_of(heard), "told row by row"
    await bulk.open("?act=suspend&q=Bulk")
    await bulk.expect_rows({"Bulk Anna": "Done", "Bulk Bert": "Failed", "Bulk Cara": "Done"})

    desk.rows(_SET, "active", "Bulk Bert")
    suspended = len(desk.events("UserStatusChanged"))
    await bulk.run("Retry what failed")
    await bulk.expect_rows({"Bulk Anna": "Done", "Bulk Bert": "Done", "Bulk Cara": "Done"})
    assert len(desk.events("UserStatusChanged")) == suspended + 1
    assert statuses(desk) == dict.fromkeys(APPROVED, "suspended") | {
        "Bulk Dave": "pending_verification"
    }
    await operator.get_by_role("button", name="Look again").click()
    await bulk.expect_rows(dict.fromkeys(APPROVED, "Skipped"))
    await operator.get_by_role("link", name="Assignments").click()
    await expect(operator.get_by_text("Which deployment?")).to_be_visible()
    await expect(operator.get_by_label("Choose a deployment")).to_be_visible()
    assert await barriers(operator) == []
