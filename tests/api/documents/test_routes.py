"""Downloads as the desk and a client get them; another's document is not there."""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import httpx
import pytest
from pypdf import PdfReader
from sqlalchemy.ext.asyncio import AsyncEngine

from patriot_app.api.app import create_api
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain import session_cookies
from patriot_app.core.ids import new_id
from patriot_app.core.services import invoice_settlements, sessions, users
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import begin
from tests.core.conftest import engines
from tests.factories.keys import Keys
from tests.factories.months import Mandate, first_of, january, make_months
from tests.factories.rows import OPERATOR, DaemonRows

__all__ = ["engines"]

PASSWORD = "correct horse battery staple"


@dataclass
class Visitor:
    """A browser in which somebody is signed in, or nobody."""

    client: httpx.AsyncClient
    cookie: str = ""

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path, headers={"cookie": self.cookie})


@pytest.fixture
async def client(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.delenv("PATRIOT_STAFF_SECOND_FACTOR")
    get_settings.cache_clear()
    transport = httpx.ASGITransport(app=create_api())
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.example") as opened:
        yield opened
    get_settings.cache_clear()


async def make_person(engines: tuple[AsyncEngine, AsyncEngine]) -> tuple[UUID, str]:
    use_engine(engines[0])
    email = f"{new_id()}@mail.example"
    async with begin(OPERATOR) as uow:
        user_id = await users.create_client(uow, email=email, name="Cleo", password=PASSWORD)
        await users.approve(uow, user_id)
    return user_id, email


async def entered(client: httpx.AsyncClient, email: str) -> Visitor:
    opened = await sessions.sign_in(
        email, PASSWORD, totp="", ip=str(new_id())[:45], user_agent="tests"
    )
    return Visitor(client, f"{session_cookies.NAME}={opened.token}")


async def settled(
    engines: tuple[AsyncEngine, AsyncEngine], rows: DaemonRows, client_id: UUID
) -> tuple[Mandate, list[str]]:
    """Finalise a client's January, give a little of it back; return where its papers are."""
    mandate = await make_months(rows, *engines, client_id=client_id)
    january(mandate)
    (closed,) = await mandate.close(first_of(2))
    await mandate.finalise(closed.period_id)
    invoice = await mandate.invoice(1)
    async with begin(OPERATOR) as uow:
        await invoice_settlements.credit(uow, invoice.id, amount=Decimal(20), reason="Goodwill")
    note = await mandate.one(
        "SELECT id FROM credit_notes WHERE invoice_id = :invoice AND :id IS NOT NULL",
        invoice=invoice.id,
    )
    return mandate, [
        f"/documents/invoices/{invoice.id}.pdf",
        f"/documents/credit-notes/{note.id}.pdf",
        f"/documents/statements/{closed.period_id}.pdf",
    ]


async def test_a_client_gets_his_own_papers_and_nobody_elses(
    engines: tuple[AsyncEngine, AsyncEngine], rows: DaemonRows, client: httpx.AsyncClient
) -> None:
    (owner_id, owner), (_, other) = [await make_person(engines) for _ in range(2)]
    _, papers = await settled(engines, rows, owner_id)
    his, anothers = await entered(client, owner), await entered(client, other)
    for path, words in zip(
        papers, ("150.00 USDT", "20.00 USDT", "From opening to closing"), strict=True
    ):
        answer = await his.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-disposition"].startswith("attachment; filename=")
        text = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
        assert words in " ".join(text.split())
        assert (await anothers.get(path)).status_code == 404
        assert (await Visitor(client).get(path)).status_code == 303


async def test_an_unknown_paper_is_not_there(
    engines: tuple[AsyncEngine, AsyncEngine], client: httpx.AsyncClient
) -> None:
    _, email = await make_person(engines)
    visitor = await entered(client, email)
    for kind in ("invoices", "credit-notes", "statements"):
        assert (await visitor.get(f"/documents/{kind}/{new_id()}.pdf")).status_code == 404
        assert (await visitor.get(f"/documents/{kind}/not-an-id.pdf")).status_code == 404
