"""A webhook is registered by who may, after he proved who he is, and its secret is shown once."""

import re
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from patriot_app.api.app import create_api
from patriot_app.core.domain.permissions import Role
from patriot_app.core.ids import new_id
from patriot_app.core.services import sessions, users
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import begin
from tests.factories.keys import Keys
from tests.factories.rows import OPERATOR

PASSWORD = "correct horse battery staple"
SECRET = re.compile(r"whsec_[A-Za-z0-9_-]{43}")


async def browser(role: Role) -> httpx.AsyncClient:
    """Return a browser in which somebody of the staff has just signed in."""
    email = f"{new_id()}@firm.example"
    async with begin(OPERATOR) as uow:
        await users.create_staff(uow, email=email, name="Ada", password=PASSWORD, roles={role})
    opened = await sessions.sign_in(email, PASSWORD, totp="", ip=str(new_id()), user_agent="tests")
    ours = get_settings().public_url
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_api()),
        base_url=ours,
        headers={"origin": ours, "cookie": f"__Host-sid={opened.token}"},
    )


async def hidden(client: httpx.AsyncClient, page: str) -> dict[str, str]:
    """Return the hidden fields of a page's form."""
    shown = (await client.get(page)).text
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown))


async def hook_named(name: str) -> tuple[UUID, list[str]]:
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text("SELECT id, kinds FROM webhooks WHERE name = :name"), {"name": name}
        )
        row = found.one()
        return row.id, list(row.kinds)


async def test_a_secret_is_shown_once_and_a_new_one_only_when_asked_for(
    as_web: str, keys: Keys
) -> None:
    name = f"Ours {new_id()}"
    async with await browser(Role.ADMIN) as client:
        form = await hidden(client, "/webhooks/new")
        form |= {"name": name, "url": "https://hooks.firm.example/x", "kinds": "risk"}
        wrong = await client.post("/api/webhooks", data=form | {"url": "http://10.0.0.1/"})
        assert wrong.status_code == 422
        assert "must begin with https" in wrong.text
        made = await client.post("/api/webhooks", data=form)
        [secret] = set(SECRET.findall(made.text))
        again = await client.post("/api/webhooks", data=form)
        assert not SECRET.search(again.text)
        assert "sent before" in again.text
        hook_id, kinds = await hook_named(name)
        assert kinds == ["risk"]
        page = f"/webhooks/secret?webhook={hook_id}"
        other = await client.post("/api/webhooks/secret", data=await hidden(client, page))
        assert set(SECRET.findall(other.text)) not in ({secret}, set())
        unknown = await client.get(f"/webhooks/secret?webhook={new_id()}")
        assert unknown.status_code == 422


@pytest.mark.parametrize("role", [Role.COMPLIANCE, Role.FUND_MANAGER])
async def test_who_may_not_registers_nothing(as_web: str, keys: Keys, role: Role) -> None:
    async with await browser(role) as client:
        shown = await client.get("/webhooks/new")
        assert "webhooks:write" in shown.text
        assert "<form" not in shown.text
        csrf = (await hidden(client, "/my-api-keys"))["csrf"]
        form = {"csrf": csrf, "name": "Mine", "url": "https://hooks.firm.example/", "kinds": "risk"}
        assert not SECRET.search((await client.post("/api/webhooks", data=form)).text)
