import re
from http.cookies import SimpleCookie

import httpx
import pytest

from tests.web.conftest import PASSWORD, people, site, staff_cookie
from tests.web.site import Site

__all__ = ["people", "site", "staff_cookie"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""},
    ],
)
def test_a_form_from_elsewhere_is_refused(
    site: Site, staff_cookie: str, headers: dict[str, str]
) -> None:
    form = {"email": "ada@example.com", "password": PASSWORD}
    assert site.post("/api/session", form, **headers).status_code == 403


def test_a_request_without_any_origin_is_refused(site: Site) -> None:
    form = {"email": "ada@example.com", "password": PASSWORD}
    assert httpx.post(site.url + "/api/session", data=form).status_code == 403


def test_the_cookie_is_out_of_reach_of_scripts(site: Site, staff_cookie: str) -> None:
    answer = site.post("/api/session", {"email": "ada@example.com", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert SimpleCookie(cookie)["__Host-sid"]["path"] == "/"
    for flag in ("HttpOnly", "Secure", "SameSite=strict"):
        assert flag in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil"])
def test_sign_in_never_leads_elsewhere(site: Site, staff_cookie: str, target: str) -> None:
    form = {"email": "ada@example.com", "password": PASSWORD, "next": target}
    assert site.post("/api/session", form).json() == {"next": "/"}


def test_wrong_password_and_unknown_person_look_the_same(site: Site, staff_cookie: str) -> None:
    answers = [
        site.post("/api/session", {"email": email, "password": "not the password at all"})
        for email in ("ada@example.com", "nobody@example.com")
    ]
    assert answers[0].status_code == answers[1].status_code == 422
    assert answers[0].json() == answers[1].json()


def test_the_first_visit_creates_one_administrator_only(site: Site, staff_cookie: str) -> None:
    form = {
        "name": "Eve",
        "email": "eve@example.com",
        "password": PASSWORD,
        "password_again": PASSWORD,
    }
    assert site.post("/api/first-run", form).status_code == 422


@pytest.mark.parametrize("path", ["/api/session/end", "/api/session/confirm", "/api/accounts"])
def test_a_form_without_the_sessions_token_changes_nothing(
    site: Site, staff_cookie: str, path: str
) -> None:
    form = {"password": PASSWORD, "api_key": "k" * 64, "api_secret": "s" * 64, "csrf": "wrong"}
    assert site.post(path, form, cookie=staff_cookie).status_code == 403
    assert site.post(path, form).status_code == 401


def test_every_answer_carries_the_security_headers(site: Site) -> None:
    for path in ("/sign-in/", "/healthz", "/theme.css", "/no-such-page"):
        headers = httpx.get(site.url + path, headers={"accept": "text/html"}).headers
        policy = headers["content-security-policy"]
        assert "unsafe-eval" not in policy
        assert re.search(r"script-src 'self' 'sha256-", policy)
        assert not re.search(r"script-src[^;]*unsafe-inline", policy)
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    "path",
    [
        "/_upload",
        "/_upload/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/assets/..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
    ],
)
def test_nothing_is_taken_in_and_no_path_leads_out_of_the_built_site(site: Site, path: str) -> None:
    read = httpx.get(site.url + path)
    sent = httpx.post(site.url + path, files={"file": ("../../evil.html", b"evil")})
    assert read.status_code == 404
    assert "root:" not in read.text
    assert sent.status_code in {404, 405}


def test_a_page_without_a_session_leads_to_sign_in(site: Site) -> None:
    answer = httpx.get(site.url + "/orders?status=open", headers={"accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Forders%3Fstatus%3Dopen"


def test_metrics_do_not_pass_a_proxy(site: Site) -> None:
    assert httpx.get(site.url + "/metrics").status_code == 200
    forwarded = httpx.get(site.url + "/metrics", headers={"x-forwarded-for": "203.0.113.9"})
    assert forwarded.status_code == 404
