"""Statements and invoices in a chat are the files of the page, for their owner alone."""

import io

import pytest
from pypdf import PdfReader
from sqlalchemy.ext.asyncio import AsyncEngine

from patriot_app.core.settings import get_settings
from tests.bot_api.chats import Person
from tests.bot_api.desk import Desk, desk
from tests.core.conftest import engines
from tests.daemon.telegram.people import chatter
from tests.factories.months import first_of, january, make_months
from tests.factories.rows import DaemonRows

__all__ = ["desk", "engines"]


def words_of(person: Person) -> str:
    [file] = [one.file for one in person.chats.shown(person.telegram_id) if one.file][-1:]
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(file)).pages)


async def test_a_client_gets_his_own_papers_and_nobody_elses(
    desk: Desk,
    rows: DaemonRows,
    engines: tuple[AsyncEngine, AsyncEngine],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ada, eve = await chatter(desk, 881), await chatter(desk, 882)
    monkeypatch.delenv("PATRIOT_STAFF_SECOND_FACTOR")
    get_settings.cache_clear()
    mandate = await make_months(rows, *engines, client_id=ada.user_id)
    january(mandate)
    (closed,) = await mandate.close(first_of(2))
    await mandate.finalise(closed.period_id)
    invoice = await mandate.invoice(1)
    assert "2026-01 · finalised" in await ada.says(desk, "/statements")
    await ada.presses(desk, "📄 2026-01")
    assert "January 2026" in words_of(ada.person)
    assert invoice.number in await ada.says(desk, "/invoices")
    await ada.presses(desk, f"📄 {invoice.number}")
    assert f"Invoice {invoice.number}" in words_of(ada.person)
    assert await eve.says(desk, "/statements") != ""
    assert await eve.says(desk, f"/invoices file {invoice.id}") != ""
    assert not any(one.file for one in desk.api.chats.shown(882))
    get_settings.cache_clear()
