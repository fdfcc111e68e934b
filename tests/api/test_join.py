"""The page behind an invitation: register, be signed in, wait; and who may invite."""

import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from patriot_app.api.app import create_api
from patriot_app.core.domain.users import UserStatus
from patriot_app.core.ids import new_id
from patriot_app.core.queries import referrals as referral_queries
from patriot_app.core.queries import sessions as session_queries
from patriot_app.core.services import invitations, referrals, users
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import begin
from tests.factories.keys import Keys
from tests.factories.rows import OPERATOR, customer

PASSWORD = "correct horse battery"


@pytest.fixture
async def browser(as_web: str, keys: Keys) -> AsyncIterator[httpx.AsyncClient]:
    """Sends forms as our own pages do, to the routes of this process."""
    ours = get_settings().public_url
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_api()),
        base_url=ours,
        headers={"origin": ours, "accept": "application/json"},
    ) as client:
        yield client


async def invited() -> tuple[str, str]:
    """Return the token and the address of a fresh invitation."""
    email = f"{new_id()}@mail.example"
    async with begin(OPERATOR) as uow:
        made = await invitations.invite(uow, email=email, name="Ivy <b>")
    return parse_qs(urlsplit(made.link).query)["token"][0], email


async def filled(browser: httpx.AsyncClient, token: str) -> dict[str, str]:
    """Return the form of the page, filled in."""
    page = (await browser.get("/join", params={"token": token})).text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    return {**hidden, "name": "Ivy Green", "password": PASSWORD, "agrees": "yes"}


async def test_an_invited_person_registers_and_is_signed_in_to_wait(
    browser: httpx.AsyncClient,
) -> None:
    token, email = await invited()
    page = await browser.get("/join", params={"token": token})
    assert email in page.text
    assert "Ivy &lt;b&gt;" in page.text
    assert page.headers["cache-control"] == "no-store"
    form = await filled(browser, token)
    answer = await browser.post("/api/join", data=form)
    assert answer.json() == {"next": "/second-factor"}
    cookie = answer.headers["set-cookie"].split(";", 1)[0].partition("=")[2]
    person = await session_queries.actor_for_token(cookie)
    assert person is not None
    assert person.status is UserStatus.PENDING_VERIFICATION
    again = await browser.post("/api/join", data=form)
    assert again.json() == {"next": "/sign-in?problem=registered"}
    assert (await browser.get("/join", params={"token": token})).status_code == 410


@pytest.mark.parametrize(
    ("change", "field"),
    [({"password": "short"}, "password"), ({"agrees": ""}, "terms"), ({"name": " "}, "name")],
)
async def test_bad_input_is_told_at_its_field(
    browser: httpx.AsyncClient, change: dict[str, str], field: str
) -> None:
    token, _ = await invited()
    answer = await browser.post("/api/join", data={**await filled(browser, token), **change})
    assert answer.status_code == 422
    assert set(answer.json()["problems"]) == {field}


async def test_terms_that_changed_meanwhile_are_not_agreed_to(browser: httpx.AsyncClient) -> None:
    token, _ = await invited()
    form = {**await filled(browser, token), "terms_version": "older"}
    answer = await browser.post("/api/join", data=form)
    assert "have changed" in answer.json()["problems"][""]


async def test_an_unknown_link_leads_nowhere(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/join", params={"token": "x" * 43})
    assert page.status_code == 410
    assert "not valid" in page.text


async def sign_in(browser: httpx.AsyncClient, email: str) -> tuple[str, str]:
    """Return cookie header and form token of a new session."""
    answer = await browser.post("/api/session", data={"email": email, "password": PASSWORD})
    cookie = answer.headers["set-cookie"].split(";", 1)[0]
    person = await session_queries.actor_for_token(cookie.partition("=")[2])
    assert person is not None
    return cookie, person.csrf_token


async def test_a_customer_invites_nobody_and_connects_nothing_before_approval(
    browser: httpx.AsyncClient,
) -> None:
    email = f"{new_id()}@mail.example"
    async with begin(OPERATOR) as uow:
        await users.create_client(uow, email=email, name="Cleo", password=PASSWORD)
    cookie, csrf = await sign_in(browser, email)
    form = {"csrf": csrf, "name": "Eve", "email": "eve@mail.example"}
    refused = await browser.post("/api/invitations", data=form, headers={"cookie": cookie})
    assert refused.status_code == 422
    assert "clients:write" in refused.text
    keys = {"csrf": csrf, "api_key": "k" * 40, "api_secret": "s" * 40, "exchange": "binance"}
    answer = await browser.post("/api/accounts", data=keys, headers={"cookie": cookie})
    assert "must approve you first" in answer.json()["problems"][""]


async def test_a_customers_link_keeps_his_code_until_an_invitation_comes(
    browser: httpx.AsyncClient,
) -> None:
    async with begin(OPERATOR) as uow:
        client_id = await users.create_client(uow, email=f"{new_id()}@mail.example", name="Ada")
    async with begin(customer(client_id)) as uow:
        code = await referrals.issue(uow)
    came = await browser.get("/join", params={"code": code.lower()})
    assert came.status_code == 200
    assert code in came.text
    kept = came.headers["set-cookie"].split(";", 1)[0]
    token, _ = await invited()
    page = await browser.get("/join", params={"token": token}, headers={"cookie": kept})
    assert f'name="code" type="text" maxlength="300" value="{code}"' in page.text
    form = await filled(browser, token)
    wrong = await browser.post("/api/join", data={**form, "code": "ABCD2345"})
    assert set(wrong.json()["problems"]) == {"code"}
    answer = await browser.post("/api/join", data={**form, "code": code})
    assert answer.json() == {"next": "/second-factor"}
    assert (await referral_queries.own(customer(client_id))).registered == 1


async def test_a_forged_code_in_a_link_is_not_shown(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/join", params={"code": "<script>alert(1)</script>"})
    assert answer.status_code == 410
    assert "script>alert" not in answer.text
