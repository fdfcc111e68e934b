"""Every answer names its request."""

import httpx

from tests.web.conftest import site
from tests.web.site import Site

__all__ = ["site"]


def test_an_answer_names_its_request(site: Site) -> None:
    first, second = httpx.get(site.url + "/healthz"), httpx.get(site.url + "/healthz")
    assert first.headers["x-request-id"].startswith("req-")
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_an_answer_repeats_the_callers_own_id(site: Site) -> None:
    answer = httpx.get(site.url + "/healthz", headers={"x-request-id": "customers-own-1"})
    assert answer.headers["x-request-id"] == "ext:customers-own-1"
