"""The demo tenant, seeded as the web process's role at a real paper exchange."""

import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from ops import demo, migrations, roles
from ops.desk import DeskOptions, PaperOptions, describe, paper_exchange
from ops.embedded import start_embedded
from ops.environments import Desk
from ops.home import open_home
from ops.keys import ensure_keys
from ops.ports import free_port
from ops.steps import Steps
from ops.supervisor import Supervisor
from patriot_app.core.domain.permissions import WORKING_ROLES


@pytest.fixture(scope="module")
def desk(shared_server_folder: Path) -> Iterator[Desk]:
    """A migrated database and a running paper exchange."""
    home = open_home("demo", shared_server_folder)
    ensure_keys(home)
    paper = PaperOptions(seed=7, speed=60, replay=None)
    with Supervisor(home, say=print) as supervisor:
        server = start_embedded(home.postgres, log=home.logs / "postgres.log", throwaway=True)
        try:
            described = roles.embedded_in(server.socket_folder)
            migrations.migrate(described)
            options = DeskOptions(home=home, port=0, demo=True, four_eyes="off", paper=paper)
            url = f"http://127.0.0.1:{free_port()}"
            supervisor.start(paper_exchange(home, url, paper))
            yield describe(options, described, paper_url=url)
        finally:
            supervisor.stop_all()
            server.stop()


def seed(desk: Desk, *, accounts: int) -> str:
    out = io.StringIO()
    demo.seed_tenant(desk, Steps(out), demo.DemoOptions(accounts=accounts, seed=7))
    return out.getvalue()


def ask(desk: Desk, query: str) -> list[tuple[object, ...]]:
    url = desk.server.administrator.set(drivername="postgresql", database=desk.server.database)
    with psycopg.connect(url.render_as_string()) as connection:
        return connection.execute(query).fetchall()  # type: ignore[call-overload,no-any-return]


def test_a_demo_is_seeded_once_and_can_grow(desk: Desk) -> None:
    assert "4 accounts, 4 new" in seed(desk, accounts=4)
    assert "4 accounts, 0 new" in seed(desk, accounts=4)
    assert "6 accounts, 2 new" in seed(desk, accounts=6)
    at_exchange = httpx.get(f"{desk.paper_url}/_paper/accounts").json()
    assert len(at_exchange) == 6


def test_every_demo_account_is_labelled_paper_and_under_a_mandate(desk: Desk) -> None:
    seed(desk, accounts=6)
    rows = ask(
        desk,
        "SELECT a.mode, a.is_demo, u.is_demo, u.status, c.status, m.mandate_id IS NOT NULL"
        " FROM accounts a JOIN users u ON u.id = a.client_id"
        " JOIN credentials c ON c.account_id = a.id"
        " LEFT JOIN mandate_accounts m ON m.account_id = a.id",
    )
    assert len(rows) == 6
    assert set(rows) == {("paper", True, True, "active", "submitted", True)}


def test_a_mandate_begins_in_market_time(desk: Desk) -> None:
    seed(desk, accounts=6)
    [[starts_at]] = ask(desk, "SELECT max(starts_at) FROM mandates")
    clock = httpx.get(f"{desk.paper_url}/_paper/clock").json()
    assert starts_at.timestamp() * 1000 <= clock["market_ms"]  # type: ignore[attr-defined]


def test_the_operator_holds_every_role_and_only_one_customer_can_sign_in(desk: Desk) -> None:
    seed(desk, accounts=6)
    rows = ask(desk, "SELECT email FROM users WHERE password_hash IS NOT NULL ORDER BY email")
    assert rows == [("client001@demo.invalid",), (demo.OPERATOR_EMAIL,)]
    [[most]] = ask(desk, "SELECT max(cardinality(roles)) FROM users")
    assert most == len(WORKING_ROLES)
    lines = demo.logins(desk.home)
    assert lines[0].startswith(f"Operator  {demo.OPERATOR_EMAIL}  ")
    assert lines[1].startswith("Customer  client001@demo.invalid  ")
    assert (desk.home.keys / "demo_logins").stat().st_mode & 0o777 == 0o400


def test_the_secret_of_a_key_is_nowhere_in_the_database_in_clear(desk: Desk) -> None:
    seed(desk, accounts=6)
    shown = {row[0] for row in ask(desk, "SELECT masked_key FROM credentials")}
    keys = {one["api_key"] for one in httpx.get(f"{desk.paper_url}/_paper/accounts").json()}
    assert shown == {f"{key[:4]}…{key[-4:]}" for key in keys}
    text = str(ask(desk, "SELECT c::text FROM credentials c"))
    assert not any(key in text for key in keys)
