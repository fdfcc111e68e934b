"""Forms that the browser can send from the first moment on."""

import re

import httpx

from tests.web.site import Site


def test_the_script_stands_before_all_that_can_be_clicked(site: Site) -> None:
    page = httpx.get(f"{site.url}/sign-in/", timeout=20).text
    [script] = re.findall(r"<script[^>]*patriot\.js[^>]*>", page)
    assert page.index(script) < page.index("<body")
    assert not re.search(r"async|defer|module", script)
    assert 'action="/api/session"' in page


def test_a_sign_in_without_the_script_is_led_on(site: Site, staff_cookie: str) -> None:
    form = {"email": "ada@example.com", "password": "not the password at all"}
    answer = site.post("/api/session", form, accept="text/html")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?problem=credentials"
