"""The interface for programs, as a program sees it."""

import re
from typing import Any

import httpx
import pytest

from tests.web.conftest import PASSWORD, People, people, site, staff_cookie
from tests.web.site import Site

__all__ = ["people", "site", "staff_cookie"]

ADA = {"email": "ada@example.com", "password": PASSWORD}


def post(site: Site, path: str, body: dict[str, Any]) -> httpx.Response:
    return httpx.post(f"{site.url}/api/v1/auth/{path}", json=body, timeout=60)


def get(site: Site, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{site.url}/api/v1/{path}", headers=headers, timeout=60)


def test_a_program_signs_in_reads_refreshes_and_signs_out(site: Site, staff_cookie: str) -> None:
    given = post(site, "token", ADA)
    assert given.status_code == 200, given.text
    assert given.headers["cache-control"] == "no-store"
    first = given.json()
    assert (first["token_type"], first["expires_in"]) == ("Bearer", 900)
    for path in ("accounts", "positions"):
        answer = get(site, path, authorization=f"Bearer {first['access_token']}")
        assert answer.status_code == 200, answer.text
        assert answer.json()["total"] == 0
        assert int(answer.headers["ratelimit-remaining"]) < int(answer.headers["ratelimit-limit"])
    second = post(site, "refresh", {"refresh_token": first["refresh_token"]}).json()
    assert post(site, "revoke", {"refresh_token": second["refresh_token"]}).status_code == 204
    late = get(site, "accounts", authorization=f"Bearer {second['access_token']}")
    assert late.status_code == 401


def test_what_is_refused_is_a_problem_document(site: Site, staff_cookie: str) -> None:
    wrong = post(site, "token", ADA | {"password": "not the password at all"})
    unknown = post(site, "token", {"email": "nobody@example.com", "password": "whatever it is"})
    unsigned = get(site, "accounts")
    missing = get(site, "no-such-thing")
    extra = post(site, "token", ADA | {"role": "admin"})
    for answer, status in (
        (wrong, 401),
        (unknown, 401),
        (unsigned, 401),
        (extra, 422),
    ):
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
    assert missing.status_code == 404
    assert wrong.json()["detail"] == unknown.json()["detail"]
    assert unsigned.headers["www-authenticate"] == "Bearer"
    assert PASSWORD not in extra.text


def test_a_cookie_is_no_credential_here(site: Site, staff_cookie: str) -> None:
    assert get(site, "accounts", cookie=staff_cookie).status_code == 401


def test_a_key_is_made_on_its_page_shown_once_used_and_revoked(site: Site, people: People) -> None:
    page = site.url + "/my-api-keys"
    cookie = {"cookie": people.customer}
    [csrf] = set(re.findall('name="csrf" value="([^"]+)"', httpx.get(page, headers=cookie).text))
    form = {
        "csrf": csrf,
        "name": "My bot",
        "scopes": "accounts:read",
        "days": "30",
        "per_minute": "2",
        "addresses": "127.0.0.0/8",
    }
    made = site.post("/api/my-api-keys", form, cookie=people.customer)
    [key] = re.findall(r"pak_live_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", made.text)
    assert get(site, "accounts", **{"x-api-key": key}).json() == {
        "items": [],
        "total": 0,
        "page": 1,
    }
    refused = get(site, "positions", **{"x-api-key": key})
    assert (refused.status_code, refused.json()["title"]) == (403, "Not allowed")
    slow = get(site, "accounts", **{"x-api-key": key})
    assert slow.status_code == 429
    assert int(slow.headers["retry-after"]) >= 1

    shown = httpx.get(page, headers=cookie).text
    assert key not in shown
    assert "last used" in shown
    [key_id] = re.findall('name="key_id" value="([^"]+)"', shown)
    exchanged = post(site, "token", {"api_key": key})
    assert exchanged.json()["scope"] == "accounts:read"
    ended = site.post(
        "/api/my-api-keys/revoke", {"csrf": csrf, "key_id": key_id}, cookie=people.customer
    )
    assert ended.status_code == 303
    assert get(site, "accounts", **{"x-api-key": key}).status_code == 401


def test_the_interface_describes_itself(site: Site) -> None:
    described = get(site, "openapi.json").json()
    assert set(described["paths"]) == {
        "/api/v1/accounts",
        "/api/v1/auth/refresh",
        "/api/v1/auth/revoke",
        "/api/v1/auth/token",
        "/api/v1/positions",
    }


@pytest.mark.parametrize("days", ["0", "1.5", "9999"])
def test_a_form_of_a_key_that_is_wrong_says_so(site: Site, people: People, days: str) -> None:
    page = httpx.get(site.url + "/my-api-keys", headers={"cookie": people.customer})
    [csrf] = set(re.findall('name="csrf" value="([^"]+)"', page.text))
    form = {"csrf": csrf, "name": "Bot", "scopes": "accounts:read", "days": days}
    answer = site.post("/api/my-api-keys", form, cookie=people.customer)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
