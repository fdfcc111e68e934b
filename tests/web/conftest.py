"""One web process for the module, with an administrator and a customer."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from patriot_app.core.clock import SystemClock
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.permissions import STAFF_ROLES, Actor
from patriot_app.core.services import users
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.keys import Keys
from tests.web.site import Site, cookie_of, running_site

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def site(
    server: Server, database_name: str, key_files: Keys, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    with running_site(
        database_url=server.url("patriot_web", database_name),
        variables=key_files.variables(),
        folder=tmp_path_factory.mktemp("site"),
    ) as started:
        yield started


@pytest.fixture(scope="module")
def staff_cookie(site: Site) -> str:
    answer = site.post(
        "/api/first-run",
        {
            "name": "Ada",
            "email": "ada@example.com",
            "password": PASSWORD,
            "password_again": PASSWORD,
        },
    )
    assert answer.status_code == 200, answer.text
    return cookie_of(answer)


@dataclass(frozen=True, slots=True)
class People:
    """Cookies of two signed-in persons."""

    staff: str
    customer: str


@pytest.fixture
async def people(
    site: Site, staff_cookie: str, server: Server, database_name: str, keys: Keys
) -> People:
    get_settings.cache_clear()
    engine = create_engine(
        server.url("patriot_web", database_name), process_name="tests", pool_size=2
    )
    use_engine(engine)
    email = f"customer-{SystemClock().now().timestamp()}@example.com"
    desk = Actor(user_id=None, name="Ada", roles=STAFF_ROLES, surface="console")
    async with begin(desk) as uow:
        user_id = await users.create_client(uow, email=email, name="Cleo", password=PASSWORD)
        await users.approve(uow, user_id)
    use_engine(None)
    await engine.dispose()
    return People(staff=staff_cookie, customer=site.sign_in(email, PASSWORD))
