"""The page of one's own sessions, and what ending one does to an open page elsewhere."""

import re

import httpx

from tests.web.conftest import PASSWORD, site, staff_cookie
from tests.web.site import Browser, Site, cookie_of

__all__ = ["site", "staff_cookie"]

PAGE = "/my-sessions"
ARRIVE = "reflex___state____state.patriot_app___web___shell___state____shell_state.arrive"


def look(site: Site, cookie: str) -> str:
    answer = httpx.get(site.url + PAGE, headers={"cookie": cookie}, timeout=60)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return answer.text


def hidden(text: str, name: str) -> list[str]:
    return sorted(set(re.findall(f'name="{name}" value="([^"]+)"', text)))


def test_nobody_sees_it_signed_out(site: Site, staff_cookie: str) -> None:
    answer = httpx.get(site.url + PAGE, timeout=60)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fmy-sessions"


def test_a_forwarded_address_is_not_believed_without_a_proxy_of_ours(
    site: Site, staff_cookie: str
) -> None:
    form = {"email": "ada@example.com", "password": PASSWORD}
    answer = site.post("/api/session", form, **{"x-forwarded-for": "203.0.113.77"})
    assert "Address 127.0.0.1" in look(site, cookie_of(answer))
    assert "203.0.113.77" not in look(site, cookie_of(answer))


async def test_ending_a_session_closes_its_open_page_at_once(site: Site, staff_cookie: str) -> None:
    other = site.sign_in("ada@example.com", PASSWORD)
    async with Browser(site, cookie=other) as browser:
        await browser.answer(ARRIVE, {"route": "/activity"})
        text = look(site, staff_cookie)
        [csrf] = hidden(text, "csrf")
        answer = site.post("/api/sessions/end-others", {"csrf": csrf}, cookie=staff_cookie)
        assert answer.headers["location"] == f"{PAGE}?done=others"
        await browser.until(lambda: "problem=ended" in str(browser.frames))
        await browser.until(lambda: not browser.is_connected)
    assert hidden(look(site, staff_cookie), "session_id") == []


def test_one_ends_a_single_session_and_never_somebody_elses(site: Site, staff_cookie: str) -> None:
    other = site.sign_in("ada@example.com", PASSWORD)
    text = look(site, staff_cookie)
    [csrf], [session_id] = hidden(text, "csrf"), hidden(text, "session_id")
    for given, said in (("not-an-id", "gone"), (session_id, "ended"), (session_id, "ended")):
        answer = site.post(
            "/api/sessions/end", {"csrf": csrf, "session_id": given}, cookie=staff_cookie
        )
        assert answer.headers["location"] == f"{PAGE}?done={said}"
    assert httpx.get(site.url + PAGE, headers={"cookie": other}).status_code == 303


def test_a_sign_in_takes_no_session_that_the_browser_brought_along(
    site: Site, staff_cookie: str
) -> None:
    form = {"email": "ada@example.com", "password": PASSWORD}
    answer = site.post("/api/session", form, cookie="__Host-sid=chosen-by-somebody-else")
    assert "chosen-by-somebody-else" not in cookie_of(answer)
    assert len(cookie_of(answer)) > len("__Host-sid=") + 40
    again = site.post("/api/session", form, cookie=cookie_of(answer))
    assert cookie_of(again) != cookie_of(answer)
