"""No secret of a person or a program comes out of the web process, whatever is tried and fails.

Every kind is put to use through the pages and the interface for programs, rightly and wrongly, with
logs at debug, page states written to disk, and a database that fails in the middle. Then all that
was answered, pushed, logged and stored is searched; only the answer that shows a secret once to its
owner may hold it.
"""

import base64
import importlib
import json
import pickle
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.cookies import SimpleCookie
from itertools import product

import httpx
import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from reflex_base.registry import RegistrationContext

from patriot_app.core.clock import FrozenClock, SystemClock
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.one_time_codes import code_at, step_at
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import Refused
from patriot_app.core.queries import compliance as compliance_queries
from patriot_app.core.sealing import SealedBox, unseal
from patriot_app.core.services import compliance, projections, users
from patriot_app.core.settings import Settings, get_settings
from patriot_app.core.unit_of_work import begin
from patriot_app.web import routes
from patriot_app.web.console.compliance.rows import markdown
from tests.canaries import Canaries, whole_database
from tests.database import Server
from tests.factories.keys import Keys
from tests.factories.rows import OPERATOR
from tests.web.site import Browser, Site, running_site

ADA, CLEO = "ada@example.com", "cleo@example.com"
PASSWORDS = {ADA: "canary of Ada / 0123456789", CLEO: "canary of Cleo + 0123456789"}
NEARLY = "canary of Ada / 012345678"
EXCHANGE_KEY = "patriotTESTcanaryKEY0123456789"
EXCHANGE_SECRET = "patriotTESTcanarySECRET0123456789"
DATABASE_PASSWORD = "canaryOfTheDatabase0123456789"
TOO_FAST = "Too many requests"
OWN_PLAIN_PAGES = ("/my-sessions", "/my-password", "/my-email", "/my-telegram", "/my-api-keys")
KEY_FILES = {
    "trading key": None,
    "web key": "web.key",
    "pepper": "pepper.key",
    "token key": "token.key",
    "instance key": "instance.key",
}


@dataclass
class Run:
    """What was planted, and every place that something could have come out at."""

    site: Site
    canaries: Canaries
    places: dict[str, str | bytes] = field(default_factory=dict)
    shown_once: dict[str, str] = field(default_factory=dict)

    def keep(self, name: str, answer: httpx.Response, *, shows: str = "") -> httpx.Response:
        """Keep an answer to be searched, unless it shows a secret to its owner."""
        headers = [item for item in answer.headers.multi_items() if item[0] != "set-cookie"]
        text = f"{answer.status_code} {headers} {answer.text}"
        if shows:
            self.shown_once[shows] = text
        else:
            self.places[f"{len(self.places)}: {name} ({answer.status_code})"] = text
        for cookie in answer.headers.get_list("set-cookie"):
            for one in SimpleCookie(cookie).values():
                if one.value:
                    self.canaries.plant("session token", one.value)
        return answer

    def get(self, path: str, *, shows: str = "", **headers: str) -> httpx.Response:
        answer = httpx.get(self.site.url + path, headers=headers, timeout=60)
        return self.keep(f"GET {path}", answer, shows=shows)

    def post(
        self, path: str, form: dict[str, str], *, shows: str = "", **headers: str
    ) -> httpx.Response:
        return self.keep(path, self.site.post(path, form, **headers), shows=shows)

    def ask(self, path: str, body: object, *, shows: str = "") -> httpx.Response:
        answer = httpx.post(f"{self.site.url}/api/v1/auth/{path}", json=body, timeout=60)
        return self.keep(path, answer, shows=shows)


@pytest.fixture(scope="module")
async def run(
    server: Server, database_name: str, key_files: Keys, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Run]:
    folder = tmp_path_factory.mktemp("canary")
    canaries = Canaries()
    for kind, name in KEY_FILES.items():
        raw = (
            base64.b64decode((key_files.folder / name).read_text())
            if name
            else key_files.trading_private
        )
        canaries.plant(kind, raw)
    canaries.plant("database password", DATABASE_PASSWORD)
    url = server.url("patriot_web", database_name)
    variables = key_files.variables() | {
        "PATRIOT_LOG_LEVEL": "DEBUG",
        "REFLEX_STATE_MANAGER_MODE": "disk",
        "REFLEX_STATES_WORKDIR": str(folder / "states"),
    }
    with_password = url.replace("patriot_web@", f"patriot_web:{DATABASE_PASSWORD}@")
    with running_site(database_url=with_password, variables=variables, folder=folder) as site:
        made = Run(site, canaries)
        seed, codes = staff_signs_in(made)
        await client_is_made(key_files, url)
        programs_sign_in(made, codes)
        keys_are_connected(made)
        await pages_are_looked_at(made, seed)
        with failing_database(server, database_name):
            await everything_fails(made)
    made.places["the log"] = site.log.read_bytes()
    states = [path.read_bytes() for path in (folder / "states").rglob("*") if path.is_file()]
    made.places["the states of pages"] = b"\n".join(states)
    made.places["the compliance report"] = await report_is_made(server, database_name)
    made.places["the database"] = whole_database(server, database_name)
    return made


def staff_signs_in(run: Run) -> tuple[str, list[str]]:
    """Sign in with password, app and recovery codes; return the app's seed and the codes left."""
    for kind, password in PASSWORDS.items():
        run.canaries.plant(f"password of {kind}", password)
    run.canaries.plant("a wrong password", NEARLY)
    password = PASSWORDS[ADA]
    first = {"name": "Ada", "email": ADA, "password": password, "password_again": password}
    run.post("/api/first-run", first | {"password_again": NEARLY})
    cookie = cookie_of(run.post("/api/first-run", first))
    page = run.get("/second-factor", cookie=cookie, shows="TOTP seed").text
    [shown] = re.findall(r'aria-label="Key">([^<]+)<', page)
    seed = str(shown).replace(" ", "")
    run.canaries.plant("TOTP seed", seed)
    run.canaries.plant("TOTP seed", base64.b32decode(seed + "=" * (-len(seed) % 8)))
    form = {name: hidden(page, name) for name in ("csrf", "seed")}
    run.post("/api/second-factor", form | {"seed": "AAAA", "code": "000000"}, cookie=cookie)
    form["code"] = code_at(seed, step_at(SystemClock().now()))
    answer = run.post("/api/second-factor", form, cookie=cookie, shows="recovery code")
    codes = re.findall(r"<li>([a-z2-7]{5}-[a-z2-7]{5})</li>", answer.text)
    for code in codes:
        run.canaries.plant("recovery code", code)
    run.get("/second-factor", cookie=cookie)
    for given in (NEARLY, "x" * 400):
        run.post("/api/session", {"email": ADA, "password": given, "code": codes[0]})
    return seed, codes


async def client_is_made(key_files: Keys, url: str) -> None:
    """Enter the client whom the desk has approved, as the web process would."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in key_files.variables().items():
            patch.setenv(name, value)
        get_settings.cache_clear()
        engine = create_engine(url, process_name="tests", pool_size=1)
        use_engine(engine)
        async with begin(OPERATOR) as uow:
            client = await users.create_client(
                uow, email=CLEO, name="Cleo", password=PASSWORDS[CLEO]
            )
            await users.approve(uow, client)
        use_engine(None)
        await engine.dispose()
    get_settings.cache_clear()


def programs_sign_in(run: Run, codes: list[str]) -> None:
    """Get tokens and an API key, use them rightly and wrongly."""
    given = {"email": ADA, "password": PASSWORDS[ADA], "code": codes.pop()}
    tokens = run.ask("token", given, shows="refresh token").json()
    run.canaries.plant("refresh token", tokens["refresh_token"])
    run.canaries.plant("access token", tokens["access_token"])
    run.ask("token", given)
    run.ask("token", given | {"role": "admin"})
    run.ask("token", [given])
    old = {"refresh_token": tokens["refresh_token"]}
    newer = run.ask("refresh", old, shows="refresh token").json()
    run.canaries.plant("refresh token", newer["refresh_token"])
    run.canaries.plant("access token", newer["access_token"])
    for token in (newer["access_token"], newer["access_token"][:-4] + "AAAA"):
        run.get("/api/v1/accounts", authorization=f"Bearer {token}")
    run.ask("refresh", old | {"more": tokens["refresh_token"]})
    run.ask("refresh", old)
    run.ask("refresh", {"refresh_token": {"nested": newer["refresh_token"]}})
    form = {"email": ADA, "password": PASSWORDS[ADA], "code": codes.pop()}
    cookie = cookie_of(run.post("/api/session", form))
    page = run.get("/my-api-keys", cookie=cookie).text
    wanted = {
        "csrf": hidden(page, "csrf"),
        "name": "Bot",
        "scopes": "accounts:read",
        "days": "30",
        "per_minute": "9",
        "addresses": "127.0.0.0/8",
    }
    made = run.post("/api/my-api-keys", wanted, cookie=cookie, shows="API key of ours")
    [key] = re.findall(r"pak_live_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", made.text)
    run.canaries.plant("API key of ours", key)
    run.get("/my-api-keys", cookie=cookie)
    for path in ("/api/v1/accounts", "/api/v1/positions", "/api/v1/nowhere"):
        run.get(path, **{"x-api-key": key})
    run.ask("token", {"api_key": key + "x", "email": ADA})
    run.ask("revoke", {"refresh_token": newer["refresh_token"]})


def keys_are_connected(run: Run) -> None:
    """Hand an exchange's key over, rightly and wrongly."""
    run.canaries.plant("exchange API key", EXCHANGE_KEY)
    run.canaries.plant("exchange API secret", EXCHANGE_SECRET)
    cookie = cookie_of(run.post("/api/session", {"email": CLEO, "password": PASSWORDS[CLEO]}))
    page = run.get("/second-factor", cookie=cookie).text
    form = {
        "csrf": hidden(page, "csrf"),
        "api_key": EXCHANGE_KEY,
        "api_secret": EXCHANGE_SECRET,
        "exchange": "binance",
        "mode": "paper",
        "label": "Main",
    }
    long = EXCHANGE_KEY * 30
    for wrong in (
        {"exchange": EXCHANGE_KEY},
        {"account_id": EXCHANGE_SECRET},
        {"api_key": long},
        {"api_secret": ""},
        {"next": "/sign-in"},
        {"label": "Again"},
        {"csrf": "guessed"},
    ):
        run.post("/api/accounts", form | wrong, cookie=cookie)
    run.post("/api/accounts", form)
    headers = {"cookie": cookie, "origin": run.site.url}
    answer = httpx.post(run.site.url + "/api/accounts", json=form, headers=headers, timeout=60)
    run.keep("a form as JSON", answer)


async def pages_are_looked_at(run: Run, seed: str) -> None:
    """Load every page, every table and every file, as staff and as a customer."""
    importlib.import_module("patriot_app.patriot_app")
    cookies = [
        cookie_of(run.post("/api/session", {"email": CLEO, "password": PASSWORDS[CLEO]})),
        staff_cookie(run, seed),
    ]
    for cookie in cookies:
        async with Browser(run.site, cookie=cookie) as browser:
            await browser.answer("reflex___state____state.hydrate")
            for event in RegistrationContext.get().event_handlers:
                if event.rpartition(".")[2] in {"load", "enter", "export"}:
                    await answered(browser, event)
            frames = str(browser.frames)
        run.places[f"what the socket of {len(run.places)} was told"] = frames
        pages = (*routes.CONSOLE, *routes.PORTAL, *routes.OF_ONESELF, routes.SIGN_IN)
        for path in (*pages, *OWN_PLAIN_PAGES, "/metrics", "/statusz"):
            run.get(path, cookie=cookie, accept="text/html")


def staff_cookie(run: Run, seed: str) -> str:
    """Sign in with the app; its next code, if this one was used."""
    step = step_at(SystemClock().now())
    for offset in (0, 1):
        form = {"email": ADA, "password": PASSWORDS[ADA], "code": code_at(seed, step + offset)}
        answer = run.post("/api/session", form)
        if answer.status_code == httpx.codes.OK:
            return cookie_of(answer)
    raise AssertionError(answer.text)


async def answered(browser: Browser, event: str) -> None:
    """Send an event until it is not told to slow down."""
    while True:
        frames = await browser.answer(event)
        if TOO_FAST not in str(frames):
            return


@contextmanager
def failing_database(server: Server, database: str) -> Iterator[None]:
    """Take tables away that every act needs, as a migration gone wrong would."""
    tables = ("credentials", "sign_in_attempts", "refresh_tokens")
    for table in tables:
        server.execute(f"ALTER TABLE {table} RENAME TO {table}_away", database=database)
    yield
    for table in tables:
        server.execute(f"ALTER TABLE {table}_away RENAME TO {table}", database=database)


async def everything_fails(run: Run) -> None:
    """Send the secrets to a process that cannot do its work."""
    answer = run.post("/api/session", {"email": ADA, "password": PASSWORDS[ADA]})
    assert answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR
    run.ask("token", {"email": ADA, "password": PASSWORDS[ADA]})


async def report_is_made(server: Server, database: str) -> str:
    """Have the daemon report these days, once they are over; return what is read and downloaded."""
    clock = FrozenClock(SystemClock().now() + timedelta(days=2))
    until = clock.now().date()
    engine = create_engine(
        server.url("patriot_daemon", database), process_name="tests", pool_size=2
    )
    use_engine(engine)
    async with begin(SYSTEM, clock=clock) as uow:
        await projections.catch_up(uow, projections.DAYS)
        report_id = await compliance.make(
            uow, until - timedelta(days=3), until, made_by="timetable"
        )
    report = await compliance_queries.get(SYSTEM, report_id)
    use_engine(None)
    await engine.dispose()
    assert report is not None
    return f"{report} {markdown(report)}"


def cookie_of(answer: httpx.Response) -> str:
    assert answer.status_code == httpx.codes.OK, answer.text
    return str(answer.headers["set-cookie"]).split(";", 1)[0]


def of_hex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("\\x"))


def hidden(page: str, name: str) -> str:
    [value] = set(re.findall(f'name="{name}" value="([^"]+)"', page))
    return str(value)


async def test_each_kind_of_secret_was_in_use(run: Run) -> None:
    for kind, answer in run.shown_once.items():
        assert kind.partition(" of ")[0] in " ".join(run.canaries.planted)
        assert answer
    assert {"TOTP seed", "recovery code", "refresh token", "API key of ours"} == {*run.shown_once}
    assert {"session token", "access token", "pepper", "exchange API secret"} <= {
        *run.canaries.planted
    }
    statuses = set(re.findall(r"\((\d{3})\)", " ".join(run.places)))
    assert {"200", "401", "403", "422", "500"} <= statuses


async def test_every_place_has_something_to_search(run: Run) -> None:
    assert b"Traceback" in run.places["the log"] or b"exception" in run.places["the log"]
    assert b"csrf" in run.places["the states of pages"]
    assert "CredentialSubmitted" in run.places["the database"]
    assert "SignInFailed" in run.places["the compliance report"]
    assert "text/csv" in " ".join(
        str(text) for name, text in run.places.items() if "socket" in name
    )


async def test_no_secret_of_a_person_or_a_program_comes_out_anywhere(run: Run) -> None:
    assert run.canaries.leaks(run.places) == {}


async def test_a_leaked_dump_opens_nothing(run: Run) -> None:
    dump = str(run.places["the database"])
    rows = [json.loads(line) for line in dump.splitlines()]
    [key] = [row for row in rows if row.get("api_key_ciphertext")]
    box = SealedBox(
        key["key_id"],
        *(of_hex(key[f"api_key_{part}"]) for part in ("data_key", "nonce", "ciphertext")),
    )
    context = f"binance|{key['account_id']}|api_key|{key['id']}"
    held = {of_hex(value) for value in re.findall(r"\\\\x([0-9a-f]{64})(?![0-9a-f])", dump)}
    assert held
    for candidate in held:
        with pytest.raises(Refused):
            unseal(candidate, box, context=context)
    hashes = re.findall(r"\$argon2id\$[^\"]+", dump)
    assert len(hashes) >= len(PASSWORDS)
    for stored, password in product(hashes, PASSWORDS.values()):
        with pytest.raises(VerifyMismatchError):  # it was peppered before
            PasswordHasher().verify(stored, password)


@pytest.mark.parametrize("kind", ["pepper", "TOTP seed", "exchange API secret", "session token"])
async def test_a_leak_would_be_found(run: Run, kind: str) -> None:
    secret = max(run.canaries.planted[kind], key=len)
    leaking = {"the log": bytes(run.places["the log"]) + b"\n" + secret}
    assert kind in run.canaries.leaks(leaking)["the log"]


async def test_what_the_settings_say_of_themselves_holds_no_secret(
    run: Run, key_files: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in key_files.variables().items():
        monkeypatch.setenv(name, value)
    url = f"postgresql+psycopg://patriot_web:{DATABASE_PASSWORD}@db/patriot"
    settings = Settings(database_url=url)
    shown = {"repr": repr(settings), "str": str(settings), "text": f"{settings}"}
    assert run.canaries.leaks(shown) == {}
    without = settings.model_copy(update={"database_url": ""})
    assert run.canaries.leaks({"pickle": pickle.dumps(without)}) == {}
