"""A client that never loads a page tries every handler and route, as anybody and as each role.

What the matrix does not grant is refused, changes nothing and is written down; what it grants does
nothing by a foreign or unknown id, and tells no internals.
"""

import importlib
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import socketio

from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.permission_matrix import MATRIX
from patriot_app.core.domain.permissions import STAFF_ROLES, Permission, Role, grant_of
from patriot_app.core.domain.refusals import PER_PERSON
from patriot_app.core.services import users
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.keys import Keys
from tests.factories.rows import OPERATOR, DaemonRows, make_account
from tests.web.conftest import PASSWORD
from tests.web.site import NAMESPACE, Browser, Site
from tests.web.surface import (
    HYDRATE,
    INCIDENT,
    REFUSED,
    Caller,
    Handler,
    ask,
    handlers,
    heard,
    refusals_of,
    snapshot,
    told_anew,
    tried,
)


@pytest.fixture(scope="module", autouse=True)
def _all_pages() -> None:
    importlib.import_module("patriot_app.patriot_app")


@pytest.fixture(scope="module")
def database(server: Server, database_name: str) -> Iterator[psycopg.Connection[Any]]:
    """Sees every row."""
    url = server.url("patriot_migrator", database_name).replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
async def as_the_site(
    server: Server, database_name: str, key_files: Keys, staff_cookie: str
) -> AsyncIterator[None]:
    """This process writes to the site's database with the site's keys."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in key_files.variables().items():
            patch.setenv(name, value)
        get_settings.cache_clear()
        engine = create_engine(
            server.url("patriot_web", database_name), process_name="tests", pool_size=2
        )
        use_engine(engine)
        yield
        use_engine(None)
        await engine.dispose()
    get_settings.cache_clear()


@pytest.fixture(scope="module")
async def foreign(server: Server, database_name: str, as_the_site: None) -> str:
    """The id of an account of a client whom none of the callers is."""
    account_id = await make_account()
    rows = DaemonRows(server, database_name)
    rows.state(account_id)
    rows.position(account_id)
    rows.attempt(rows.intent(account_id), account_id)
    return str(account_id)


@pytest.fixture(scope="module")
async def callers(site: Site, as_the_site: None) -> dict[Role, Caller]:
    """One person of each role, signed in a moment ago."""
    made = {}
    for role in Role:
        email = f"{role.value}@surface.example"
        async with begin(OPERATOR) as uow:
            if role in STAFF_ROLES:
                user_id = await users.create_staff(
                    uow,
                    email=email,
                    name=role.value,
                    password=PASSWORD,
                    roles={role},
                    access_until=uow.now + timedelta(days=1) if role is Role.AUDITOR else None,
                )
            else:
                user_id = await users.create_client(
                    uow, email=email, name=role.value, password=PASSWORD
                )
                await users.approve(uow, user_id)
        made[role] = (str(user_id), email)
    return {
        role: Caller(role, user_id, email, site.sign_in(email, PASSWORD))
        for role, (user_id, email) in made.items()
    }


async def test_an_unknown_caller_is_led_to_the_sign_in_by_every_handler(
    site: Site, database: psycopg.Connection[Any], foreign: str
) -> None:
    before = snapshot(database)
    closed = [one for one in handlers(foreign) if one.access not in (None, "public")]
    pages = {one.event.rpartition(".")[0]: one for one in closed}
    async with Browser(site) as browser:
        for handler in [*pages.values(), *(one for one in closed if _is_act(one))]:
            await heard(browser, handler, "/sign-in")
    assert snapshot(database) == before
    told = refusals_of(database, None)
    assert told
    assert {row[0] for row in told} == {"sign_in"}
    assert all(row[1] for row in told)


def _is_act(handler: Handler) -> bool:
    return isinstance(handler.access, Permission)


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_is_refused_whatever_the_matrix_does_not_grant(
    site: Site,
    database: psycopg.Connection[Any],
    callers: dict[Role, Caller],
    foreign: str,
    role: Role,
) -> None:
    caller, before = callers[role], snapshot(database)
    refused = [
        one
        for one in handlers(foreign)
        if isinstance(one.access, Permission) and grant_of({role}, one.access) is None
    ]
    assert refused
    async with Browser(site, cookie=caller.cookie) as browser:
        await browser.answer(HYDRATE)
        for handler in refused:
            news = await told_anew(browser, handler)
            assert REFUSED in news, handler
            assert str(handler.access) in news, handler
    assert snapshot(database) == before
    told = refusals_of(database, caller.user_id)
    assert len(told) >= min(len(refused), PER_PERSON)
    assert all(row[1].startswith("req-") for row in told)
    with_object = [row for row in told if row[2]["objects"]]
    assert {foreign} == {one for row in with_object for one in row[2]["objects"]}


@pytest.mark.parametrize("role", list(Role))
async def test_what_a_role_may_do_does_nothing_by_a_foreign_or_unknown_id(
    site: Site,
    database: psycopg.Connection[Any],
    callers: dict[Role, Caller],
    foreign: str,
    role: Role,
) -> None:
    before = snapshot(database)
    unknown = foreign if role is Role.CUSTOMER else str(uuid4())
    allowed = [
        one
        for one in handlers(unknown)
        if isinstance(one.access, Permission) and grant_of({role}, one.access) is not None
    ]
    for handler, answer in await tried(
        site, callers[role], [(one, one.payload) for one in allowed]
    ):
        # The record itself shows what was refused to others.
        assert handler.access is Permission.AUDIT_READ or REFUSED not in answer, handler
        assert "Traceback" not in answer, handler
        if role is Role.CUSTOMER:
            assert "Account " not in answer, handler
    assert snapshot(database) == before


@pytest.mark.parametrize("role", list(Role))
async def test_every_page_that_a_role_may_open_loads_on_an_empty_desk(
    site: Site, callers: dict[Role, Caller], foreign: str, role: Role
) -> None:
    pages = [
        (one, one.payload)
        for one in handlers(foreign)
        if one.event.endswith(".load")
        and isinstance(one.access, Permission)
        and grant_of({role}, one.access) is not None
    ]
    assert len(pages) > 4
    for page, answer in await tried(site, callers[role], pages):
        assert INCIDENT not in answer, page


async def test_no_private_name_nor_setter_of_any_state_is_reached(
    site: Site, database: psycopg.Connection[Any], callers: dict[Role, Caller], foreign: str
) -> None:
    before = snapshot(database)
    undeclared = [one.event for one in handlers(foreign) if one.access is None]
    states = {event.rpartition(".")[0] for event in undeclared}
    names = ("_load", "set_rows", "__init__", "reset", "get_state", "setvar")
    async with Browser(site, cookie=callers[Role.ADMIN].cookie) as browser:
        await browser.answer(HYDRATE)
        for event in [*undeclared, *(f"{state}.{name}" for state in states for name in names)]:
            await browser.send(event, {"var_name": "roles", "value": "planted"})
        frames = str(await browser.answer(HYDRATE))
    assert "planted" not in frames
    assert snapshot(database) == before


async def test_wrong_arguments_are_told_in_words_and_run_nothing(
    site: Site, database: psycopg.Connection[Any], callers: dict[Role, Caller], foreign: str
) -> None:
    before = snapshot(database)
    may = [
        one
        for one in handlers(foreign)
        if isinstance(one.access, Permission) and grant_of({Role.ADMIN}, one.access) is not None
    ]
    wrong = [(one, {name: [{"a": 1}] for name in one.payload} | {"role": "admin"}) for one in may]
    for handler, answer in await tried(site, callers[Role.ADMIN], wrong):
        assert INCIDENT not in answer, handler
        assert "Traceback" not in answer, handler
    assert snapshot(database) == before


@pytest.mark.parametrize("size", [300_000, 10_000_000])
async def test_ten_megabytes_in_an_event_close_the_socket_and_hurt_nobody(
    site: Site, callers: dict[Role, Caller], foreign: str, size: int
) -> None:
    large = next(one for one in handlers(foreign) if one.event.endswith(".search_for"))
    async with Browser(site, cookie=callers[Role.SUPPORT].cookie) as browser:
        await browser.send(large.event, dict.fromkeys(large.payload, "x" * size))
        await browser.until(lambda: not browser.is_connected or "Traceback" in str(browser.frames))
        assert "Traceback" not in str(browser.frames)
    async with Browser(site) as another:
        assert await another.answer(HYDRATE)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"]
)
async def test_a_socket_from_another_site_is_refused(site: Site, origin: str) -> None:
    client = socketio.AsyncClient(reconnection=False)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.connect(
            f"{site.url}?token={uuid4()}",
            headers={"Origin": origin},
            socketio_path="/_event",
            namespaces=[NAMESPACE],
            transports=["websocket"],
            wait_timeout=30,
        )
    await client.disconnect()


async def test_a_stale_proof_of_identity_is_asked_for_again_wherever_the_matrix_says_so(
    site: Site, database: psycopg.Connection[Any], callers: dict[Role, Caller], foreign: str
) -> None:
    role = Role.FUND_MANAGER
    database.execute(
        "UPDATE sessions SET stepped_up_at = now() - interval '6 minutes' WHERE user_id = %s",
        (callers[role].user_id,),
    )
    grave = [
        one
        for one in handlers(foreign)
        if isinstance(one.access, Permission)
        and (grant := grant_of({role}, one.access)) is not None
        and grant.step_up
    ]
    async with Browser(site, cookie=callers[role].cookie) as browser:
        await browser.answer(HYDRATE)
        for handler in grave:
            await heard(browser, handler, "/confirm-identity")
    database.execute("UPDATE sessions SET stepped_up_at = now()")


@pytest.mark.parametrize("route", sorted(MATRIX.routes))
def test_a_route_serves_whom_the_matrix_names(
    site: Site,
    database: psycopg.Connection[Any],
    callers: dict[Role, Caller],
    foreign: str,
    route: str,
) -> None:
    method, _, path = route.partition(" ")
    who, before = set(MATRIX.routes[route]), snapshot(database)
    if "anybody" in who:
        return
    nobody = ask(site, method, path, {}, foreign)
    assert nobody.status_code in {401, 403} or "/sign-in" in nobody.headers.get("location", "")
    for role, caller in callers.items():
        may = "signed_in" in who or any(
            grant_of({role}, Permission(one)) is not None for one in who - {"signed_in"}
        )
        answer = ask(site, method, path, {"cookie": caller.cookie}, foreign)
        if method == "POST":
            assert answer.status_code == 403, "without the form's token nobody is served"
        else:
            assert ("You may not do this" in answer.text) == (not may)
    assert snapshot(database) == before
