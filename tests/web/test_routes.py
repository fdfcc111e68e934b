import pytest

from patriot_app.api.app import create_api
from patriot_app.web import routes


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "orders", "/no-such-page", ""],
)
def test_a_redirect_never_leaves_the_product(target: str) -> None:
    assert not routes.is_ours(target)


@pytest.mark.parametrize("target", ["/", "/orders", "/orders/?status=open", "/portfolio/keys"])
def test_our_own_pages_may_be_returned_to(target: str) -> None:
    assert routes.is_ours(target)


def test_empty_parameters_leave_the_address() -> None:
    assert routes.with_query("/orders", page="", q="a b") == "/orders?q=a+b"


def test_each_plain_form_has_its_route() -> None:
    served = set(create_api().openapi()["paths"])
    wanted = {value for name, value in vars(routes).items() if name.startswith("API_")}
    assert wanted <= served
