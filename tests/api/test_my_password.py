"""The pages of new passwords."""

import re

import httpx

from tests.web.conftest import PASSWORD, site, staff_cookie
from tests.web.site import Site, cookie_of

__all__ = ["site", "staff_cookie"]

NEW = "quite another phrase of hers"


def test_asking_for_a_link_says_the_same_whoever_is_meant(site: Site, staff_cookie: str) -> None:
    answers = [
        site.post("/api/password-links", {"email": email}).text
        for email in ("ada@example.com", "nobody@example.com", "not an address")
    ]
    assert answers[0] == answers[1] == answers[2]
    elsewhere = site.post("/api/password-links", {"email": "x"}, origin="https://evil.example")
    assert elsewhere.status_code == 403


def test_a_link_that_is_not_good_sets_nothing(site: Site, staff_cookie: str) -> None:
    form = {"token": "guessed", "password": NEW, "password_again": NEW}
    answer = site.post("/api/new-password", form)
    assert answer.status_code == 422
    assert "not good any more" in answer.text


def test_a_token_in_the_address_is_written_into_the_page_as_text(site: Site) -> None:
    answer = httpx.get(site.url + "/new-password", params={"token": '"><script>'}, timeout=60)
    assert "<script>" not in answer.text.partition("<body>")[2]
    assert answer.headers["referrer-policy"] == "same-origin"


def test_the_desk_invites_somebody_who_sets_his_password_by_a_link_shown_once(
    site: Site, staff_cookie: str
) -> None:
    page = httpx.get(site.url + "/team/invite", headers={"cookie": staff_cookie}, timeout=60)
    [csrf] = set(re.findall('name="csrf" value="([^"]+)"', page.text))
    sent = {"csrf": csrf, "name": "Sue", "email": "sue@example.com", "role": "support"}
    wrong = site.post("/api/staff", {**sent, "role": "admin"}, cookie=staff_cookie)
    assert "Choose at least one role" in wrong.text
    made = site.post("/api/staff", sent, cookie=staff_cookie)
    assert made.headers["cache-control"] == "no-store"
    [token] = re.findall(r"token=([A-Za-z0-9_-]+)", made.text)
    form = {"token": token, "password": NEW, "password_again": NEW}
    assert site.post("/api/new-password", form).status_code == 303
    assert site.sign_in("sue@example.com", NEW)


def test_a_password_is_changed_after_a_fresh_proof_and_others_are_put_out(
    site: Site, staff_cookie: str
) -> None:
    form = {"email": "ada@example.com", "password": PASSWORD}
    mine = cookie_of(site.post("/api/session", form))
    other = cookie_of(site.post("/api/session", form))
    page = httpx.get(site.url + "/my-password", headers={"cookie": mine}, timeout=60)
    [csrf] = set(re.findall('name="csrf" value="([^"]+)"', page.text))
    sent = {"csrf": csrf, "password": NEW, "password_again": "different"}
    assert "differ" in site.post("/api/my-password", sent, cookie=mine).text
    sent["password_again"] = NEW
    assert "is set" in site.post("/api/my-password", sent, cookie=mine).text
    gone = httpx.get(site.url + "/my-password", headers={"cookie": other}, timeout=60)
    assert gone.headers["location"].startswith("/sign-in")
    assert site.post("/api/session", form).status_code == 422
    assert site.post("/api/session", form | {"password": NEW}).status_code == 200
