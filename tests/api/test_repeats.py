"""A form that is sent twice, at the same moment too, acts once and is answered as the first time."""

import asyncio
import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from patriot_app.api.app import create_api
from patriot_app.core.ids import new_id
from patriot_app.core.services import password_changes, sessions, users
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import begin
from tests.factories.keys import Keys
from tests.factories.rows import OPERATOR

PASSWORD, NEW = "correct horse battery staple", "quite another phrase of hers"


class Customer:
    """A customer's browser, signed in a moment ago."""

    def __init__(self, client: httpx.AsyncClient, user_id: UUID, email: str, token: str) -> None:
        self.client, self.user_id, self.email = client, user_id, email
        self._cookie = {"cookie": f"__Host-sid={token}"}

    async def form_of(self, page: str, action: str) -> dict[str, str]:
        """Return the hidden fields of one form of a page."""
        shown = (await self.client.get(page, headers=self._cookie)).text
        [form] = re.findall(
            rf'<form[^>]+action="{re.escape(action)}"[^>]*>(.*?)</form>', shown, re.S
        )
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))

    async def twice(self, action: str, form: dict[str, str]) -> list[httpx.Response]:
        """Send the same form twice at the same moment."""
        sent = [self.client.post(action, data=form, headers=self._cookie) for _ in range(2)]
        return list(await asyncio.gather(*sent))

    async def happened(self, kind: str) -> int:
        """Count what is in the record about him."""
        async with begin(OPERATOR) as uow:
            found = await uow.session.execute(
                text(
                    "SELECT count(*) FROM events WHERE type = :kind AND payload->>'client_id' = :id"
                ),
                {"kind": kind, "id": str(self.user_id)},
            )
            return int(found.scalar_one())


@pytest.fixture
async def customer(as_web: str, keys: Keys) -> AsyncIterator[Customer]:
    email, ours = f"{new_id()}@mail.example", get_settings().public_url
    async with begin(OPERATOR) as uow:
        user_id = await users.create_client(uow, email=email, name="Cleo", password=PASSWORD)
        await users.approve(uow, user_id)
    opened = await sessions.sign_in(email, PASSWORD, totp="", ip=str(new_id()), user_agent="tests")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_api()), base_url=ours, headers={"origin": ours}
    ) as client:
        yield Customer(client, user_id, email, opened.token)


async def test_an_api_key_is_made_once_and_both_answers_show_it(customer: Customer) -> None:
    form = await customer.form_of("/my-api-keys", "/api/my-api-keys")
    form |= {"name": "reader", "scopes": "accounts:read"}
    answers = await customer.twice("/api/my-api-keys", form)
    shown = [re.findall(r"pak_live_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", one.text) for one in answers]
    assert shown[0] == shown[1]
    assert len(shown[0]) == 1
    assert await customer.happened("ApiKeyCreated") == 1
    other = form | await customer.form_of("/my-api-keys", "/api/my-api-keys")
    [made] = {one.text for one in await customer.twice("/api/my-api-keys", other)}
    assert shown[0][0] not in made
    assert await customer.happened("ApiKeyCreated") == 2


async def test_a_key_is_not_shown_again_minutes_later(customer: Customer) -> None:
    form = await customer.form_of("/my-api-keys", "/api/my-api-keys")
    form |= {"name": "reader", "scopes": "accounts:read"}
    await customer.twice("/api/my-api-keys", form)
    async with begin(OPERATOR) as uow:
        await uow.session.execute(
            text(
                "UPDATE served_requests SET answer = answer || jsonb_build_object('at', '2026-01-01"
                "T00:00:00+00:00') WHERE scope = :scope"
            ),
            {"scope": f"api-key:{customer.user_id}"},
        )
    late, _ = await customer.twice("/api/my-api-keys", form)
    assert "is not shown any more" in late.text
    assert re.search(r"pak_live_[0-9a-f]{12}_", late.text) is None
    assert await customer.happened("ApiKeyCreated") == 1


async def test_the_own_password_is_changed_once(customer: Customer) -> None:
    form = await customer.form_of("/my-password", "/api/my-password")
    form |= {"password": NEW, "password_again": NEW}
    first, second = await customer.twice("/api/my-password", form)
    assert "The new password is set" in first.text
    assert "The new password is set" in second.text
    assert await customer.happened("PasswordChanged") == 1


async def test_a_link_sets_a_password_once_and_both_answers_lead_on(customer: Customer) -> None:
    async with begin(OPERATOR) as uow:
        handed = await password_changes.hand_out_link(uow, customer.user_id, reason="Lost it")
    token = parse_qs(urlsplit(handed.link).query)["token"][0]
    form = await customer.form_of(f"/new-password?token={token}", "/api/new-password")
    form |= {"password": NEW, "password_again": NEW}
    answers = await customer.twice("/api/new-password", form)
    assert {one.headers["location"] for one in answers} == {"/sign-in?problem=password_set"}
    assert await customer.happened("PasswordChanged") == 1


async def test_another_address_is_asked_for_once_and_confirmed_once(customer: Customer) -> None:
    wanted = f"new-{customer.email}"
    form = await customer.form_of("/my-email", "/api/my-email") | {"email": wanted}
    answers = await customer.twice("/api/my-email", form)
    assert all(f"You asked for {wanted}" in one.text for one in answers)
    assert await customer.happened("UserEmailChangeAsked") == 1
    async with begin(OPERATOR) as uow:
        [body] = (
            await uow.session.execute(
                text(
                    "SELECT n.body FROM notifications AS n JOIN email_changes AS c"
                    " ON c.id = n.email_change_id WHERE c.user_id = :id"
                ),
                {"id": customer.user_id},
            )
        ).scalars()
    [token] = re.findall(r"token=([A-Za-z0-9_-]+)", body)
    form = await customer.form_of(f"/confirm-email?token={token}", "/api/confirm-email")
    answers = await customer.twice("/api/confirm-email", form)
    assert all(f"you sign in with {wanted}" in one.text for one in answers)
    assert await customer.happened("UserEmailChanged") == 1


async def test_a_chat_is_offered_once(customer: Customer) -> None:
    form = {"csrf": (await customer.form_of("/my-api-keys", "/api/my-api-keys"))["csrf"]}
    answers = await customer.twice("/api/my-telegram", form | {"request_id": str(new_id())})
    assert {one.headers["location"] for one in answers} == {"/my-telegram"}
    assert await customer.happened("TelegramLinkOffered") == 1


async def test_an_account_is_connected_once_and_both_answers_lead_to_it(customer: Customer) -> None:
    form = {
        "csrf": (await customer.form_of("/my-api-keys", "/api/my-api-keys"))["csrf"],
        "request_id": str(new_id()),
        "api_key": "k" * 40,
        "api_secret": "s" * 40,
        "exchange": "binance",
        "mode": "paper",
        "label": "Main",
    }
    first, second = await customer.twice("/api/accounts", form)
    assert first.headers["location"] == second.headers["location"]
    assert "command=" in first.headers["location"]
    other = form | {"api_key": "o" * 40, "label": "Other"}
    third, _ = await customer.twice("/api/accounts", other)
    assert third.headers["location"] != first.headers["location"], "other content is another form"
