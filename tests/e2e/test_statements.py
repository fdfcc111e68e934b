"""A month of live money from its exception to its credit note, and the statement that its client reads."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from playwright.async_api import Browser, Page, expect
from pypdf import PdfReader

from tests.e2e.conftest import OPERATOR
from tests.e2e.desk import DeskUnderTest
from tests.e2e.pages.fees import InvoicesPage, MonthsPage, OwnStatementsPage
from tests.e2e.pages.frame import FOLLOWED_MS
from tests.e2e.pages.gate import Gate, Person
from tests.e2e.pages.portal import PortfolioPage
from tests.e2e.visitors import PHONE_WIDTH, keep_picture, visiting

pytestmark = pytest.mark.e2e
MARA = Person("Mara Moon", "mara@example.com", OPERATOR.password)
WHY = "weighs every stretch of the month alike"


def seed_month(desk: DeskUnderTest) -> None:
    """Write the last month of a client with live money, whose end nobody measured.

    Of 1,000 half is lost, 9,500 come in, 1,600 are made: the return is a loss, the profit a gain.
    The account is disabled, so that no daemon asks the live exchange about it.
    """
    client, account, mandate = uuid4(), uuid4(), uuid4()
    now = desk.value("SELECT coalesce((SELECT market_origin FROM market_clock), now())")
    end = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    start = (end - timedelta(days=1)).replace(day=1)
    for statement, values in (
        (
            "INSERT INTO users (id, email, name, status, risk_profile, roles, password_hash)"
            " SELECT %s, %s, %s, 'active', 'medium', ARRAY['customer'], password_hash FROM users"
            " WHERE email = %s RETURNING id",
            (client, MARA.email, MARA.name, OPERATOR.email),
        ),
        (
            "INSERT INTO accounts (id, client_id, exchange, mode, label, status, shard)"
            " VALUES (%s, %s, 'binance', 'live', 'mara-live', 'disabled', 0) RETURNING id",
            (account, client),
        ),
        (
            "INSERT INTO mandates (id, client_id, name, currency, time_zone, starts_at,"
            " opening_mark) VALUES (%s, %s, 'Mandate', 'USDT', 'UTC', %s, 0) RETURNING id",
            (mandate, client, start),
        ),
        (
            "INSERT INTO mandate_terms (id, mandate_id, rate, measure, withdrawal_policy,"
            " invoice_minimum, valid_from)"
            " VALUES (%s, %s, 0.3, 'prudent', 'dollar', 10, %s) RETURNING id",
            (uuid4(), mandate, start),
        ),
        (
            "INSERT INTO mandate_accounts (id, mandate_id, account_id, joined_at)"
            " VALUES (%s, %s, %s, %s) RETURNING id",
            (uuid4(), mandate, account, start),
        ),
        (
            "INSERT INTO ledger_cursors (account_id, cursor, complete_until, opening_wallet,"
            " rows_total, tie_out_difference, tied_at) VALUES (%s, 'c', %s, 1000, 10600, 0, now())"
            " RETURNING account_id",
            (account, end + timedelta(days=1)),
        ),
        (
            "INSERT INTO equity_snapshots (account_id, resolution, taken_at, kind, equity,"
            " wallet_balance, unrealised_pnl, available_balance, initial_margin, net_flows)"
            " VALUES (%s, 'minute', %s, 'scheduled', 500, 500, 0, 500, 0, 0) RETURNING account_id",
            (account, start + timedelta(days=10) - timedelta(minutes=1)),
        ),
    ):
        desk.rows(statement, *values)
    for kind, amount, day in (
        ("REALIZED_PNL", "-500", 5),
        ("TRANSFER", "9500", 10),
        ("REALIZED_PNL", "1600", 20),
    ):
        _book(desk, account, kind, Decimal(amount), at=start + timedelta(days=day))


def _book(desk: DeskUnderTest, account: UUID, kind: str, amount: Decimal, *, at: object) -> None:
    desk.rows(
        "INSERT INTO ledger_rows (id, account_id, row_type, exchange_row_id, asset,"
        " classification, amount, occurred_at)"
        " VALUES (gen_random_uuid(), %s, %s, %s, 'USDT', %s, %s, %s) RETURNING id",
        account,
        kind,
        uuid4().hex,
        "external_flow" if kind == "TRANSFER" else "performance",
        amount,
        at,
    )


async def test_a_month_is_released_finalised_read_paid_and_taken_back(
    desk: DeskUnderTest, chromium: Browser, operator: Page
) -> None:
    seed_month(desk)
    months = MonthsPage(operator, desk.url)
    await months.open()
    await months.close_now()
    month = months.month_of(MARA.name)
    await expect(month).to_contain_text("Held", timeout=FOLLOWED_MS)
    drawer = await months.open_month(MARA.name)
    await expect(drawer.get_by_test_id("held-accounts")).to_contain_text("mara-live")
    await keep_picture(operator, "month-held")
    await months.value_positions(drawer, worth="-100", evidence="The exchange's own statement")
    await months.expect_news("Valued")
    await months.open()
    await months.close_now()
    await expect(month).to_contain_text("Draft", timeout=FOLLOWED_MS)
    drawer = await months.open_month(MARA.name)
    await expect(drawer).to_contain_text("300.00")
    await expect(drawer).to_contain_text(WHY)
    await keep_picture(operator, "month-draft")
    await months.finalise(drawer)
    await months.expect_news("1 month finalised")
    await read_his_statement(desk, chromium)

    invoices = InvoicesPage(operator, desk.url)
    await invoices.open()
    drawer = await invoices.open_invoice(MARA.name)
    await invoices.send(drawer)
    await invoices.record_payment(drawer, "100", reference="SEPA 77")
    await invoices.expect_news("Payment recorded")
    await invoices.give_credit(drawer, "300")
    await invoices.expect_news("Credit note issued")
    await expect(drawer).to_contain_text("Void")
    await keep_picture(operator, "invoice-void")
    assert desk.value("SELECT status FROM invoices") == "void"
    assert desk.value("SELECT sum(amount) FROM journal_lines") == 0


async def read_his_statement(desk: DeskUnderTest, chromium: Browser) -> None:
    """The client signs in on his phone, reads why return and profit differ, and keeps the paper."""
    async with visiting(chromium, desk.url, width=PHONE_WIDTH, scheme="dark") as page:
        gate = Gate(page, desk.url)
        await gate.open()
        await gate.sign_in(MARA)
        await PortfolioPage(page, desk.url).expect_open()
        statements = OwnStatementsPage(page, desk.url)
        await statements.open()
        await page.get_by_test_id("statements-table").get_by_text("Mandate").first.click()
        drawer = page.get_by_role("dialog")
        await expect(drawer.get_by_test_id("statement-returns")).to_contain_text("−42.50")
        await expect(drawer).to_contain_text("+1,000.00")
        await expect(drawer).to_contain_text(WHY)
        await expect(drawer).to_contain_text("opposite signs")
        assert await statements.overflow() <= 0
        await keep_picture(page, "statement-phone")
        async with page.expect_download() as saved:
            await drawer.get_by_role("link", name="Statement, PDF").click()
        paper = PdfReader(Path(await (await saved.value).path()))
    text = " ".join(" ".join(one.extract_text() for one in paper.pages).split())
    assert WHY in text
    assert "−42.50 %" in text
