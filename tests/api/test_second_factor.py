"""The pages of the second factor: plain HTML, answered once, after a fresh proof."""

import re
from dataclasses import dataclass

import httpx
import pytest

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.one_time_codes import code_at, step_at
from tests.database import Server
from tests.web.conftest import PASSWORD, site, staff_cookie
from tests.web.site import Site, cookie_of

__all__ = ["site", "staff_cookie"]

PAGE = "/second-factor"
ENROL = "/api/second-factor"


@dataclass
class Visitor:
    """A signed-in browser without any script."""

    site: Site
    cookie: str
    text: str = ""

    def open(self) -> httpx.Response:
        answer = httpx.get(
            self.site.url + PAGE,
            headers={"cookie": self.cookie, "accept": "text/html"},
            timeout=60,
        )
        self.text = answer.text
        return answer

    def send(self, path: str, **fields: str) -> httpx.Response:
        form = {"csrf": self.hidden("csrf")} | fields
        return self.site.post(path, form, cookie=self.cookie, accept="text/html")

    def hidden(self, name: str) -> str:
        [value] = set(re.findall(f'name="{name}" value="([^"]+)"', self.text))
        return str(value)

    @property
    def key(self) -> str:
        [shown] = re.findall(r'aria-label="Key">([^<]+)<', self.text)
        return str(shown).replace(" ", "")


@pytest.fixture
def ada(site: Site, staff_cookie: str) -> Visitor:
    form = {"email": "ada@example.com", "password": PASSWORD}
    return Visitor(site, cookie_of(site.post("/api/session", form)))


def right_code(key: str) -> str:
    return code_at(key, step_at(SystemClock().now()))


def codes_of(answer: httpx.Response) -> list[str]:
    return re.findall(r"<li>([a-z2-7]{5}-[a-z2-7]{5})</li>", answer.text)


def test_nobody_sees_it_signed_out(site: Site, staff_cookie: str) -> None:
    answer = httpx.get(site.url + PAGE, timeout=60)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fsecond-factor"


def test_the_key_is_kept_by_nobody_and_changes_with_each_look(ada: Visitor) -> None:
    answer = ada.open()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "script-src" in answer.headers["content-security-policy"]
    assert f"otpauth://totp/PATRIOT:ada%40example.com?secret={ada.key}&amp;issuer" in answer.text
    first = ada.key
    ada.open()
    assert ada.key != first


def test_a_wrong_code_is_refused_and_the_same_key_stays(ada: Visitor) -> None:
    ada.open()
    key = ada.key
    answer = ada.send(ENROL, seed=ada.hidden("seed"), code="000000")
    assert answer.status_code == 422
    assert "This code is not right" in answer.text
    ada.text = answer.text
    assert ada.key == key


@pytest.mark.parametrize("seed", ["", "not-a-box", "AAAA" * 60, "ä"])
def test_a_seed_that_this_page_did_not_make_is_refused(ada: Visitor, seed: str) -> None:
    ada.open()
    answer = ada.send(ENROL, seed=seed, code="000000")
    assert answer.status_code == 422
    assert "too old" in answer.text


def test_another_sessions_seed_is_refused(ada: Visitor, site: Site) -> None:
    ada.open()
    key, seed = ada.key, ada.hidden("seed")
    other = Visitor(site, site.sign_in("ada@example.com", PASSWORD))
    other.open()
    assert other.send(ENROL, seed=seed, code=right_code(key)).status_code == 422


@pytest.mark.parametrize("path", [ENROL, f"{ENROL}/recovery-codes", f"{ENROL}/remove"])
def test_a_form_without_the_sessions_token_is_refused(ada: Visitor, path: str) -> None:
    ada.open()
    assert ada.send(path, csrf="guessed").status_code == 403


@pytest.mark.parametrize("path", [ENROL, f"{ENROL}/recovery-codes", f"{ENROL}/remove"])
def test_an_old_proof_of_identity_must_be_renewed_first(
    ada: Visitor, server: Server, database_name: str, path: str
) -> None:
    ada.open()
    server.execute(
        "UPDATE sessions SET stepped_up_at = now() - interval '6 minutes'", database=database_name
    )
    for answer in (ada.send(path), httpx.get(ada.site.url + PAGE, headers={"cookie": ada.cookie})):
        assert answer.status_code == 303
        assert answer.headers["location"] == "/confirm-identity?next=%2Fsecond-factor"


def test_an_app_is_set_up_its_codes_work_once_and_it_is_removed(ada: Visitor, site: Site) -> None:
    ada.open()
    answer = ada.send(ENROL, seed=ada.hidden("seed"), code=right_code(ada.key))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    codes = codes_of(answer)
    assert len(codes) == 10
    assert "10 recovery codes are left" in ada.open().text
    assert codes[0] not in ada.text

    form = {"email": "ada@example.com", "password": PASSWORD}
    assert site.post("/api/session", form).status_code == 422
    assert site.post("/api/session", form | {"code": codes[0].upper()}).status_code == 200
    assert site.post("/api/session", form | {"code": codes[0]}).status_code == 422
    assert "9 recovery codes are left" in ada.open().text

    renewed = codes_of(ada.send(f"{ENROL}/recovery-codes"))
    assert len(set(renewed) | set(codes)) == 20
    assert site.post("/api/session", form | {"code": codes[1]}).status_code == 422

    assert ada.send(f"{ENROL}/remove").status_code == 303
    assert site.post("/api/session", form).status_code == 200
    ada.open()
    assert ada.send(f"{ENROL}/recovery-codes").status_code == 422


def test_identity_is_confirmed_with_a_code_where_one_is_set_up(ada: Visitor, site: Site) -> None:
    ada.open()
    codes = codes_of(ada.send(ENROL, seed=ada.hidden("seed"), code=right_code(ada.key)))
    ada.open()
    form = {"csrf": ada.hidden("csrf"), "password": PASSWORD}
    refused = site.post("/api/session/confirm", form, cookie=ada.cookie)
    assert refused.status_code == 422
    accepted = site.post("/api/session/confirm", form | {"code": codes[2]}, cookie=ada.cookie)
    assert accepted.status_code == 200, accepted.text
    ada.cookie = cookie_of(accepted)
    ada.open()
    assert ada.send(f"{ENROL}/remove").status_code == 303
