"""`daemon.verify` beside real trades: all ties, and one broken row is found and named."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from daemon.vault import open_vault
from daemon.verify.checker import Checker
from daemon.verify.compare import Difference
from patriot_app.core.clock import SystemClock
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.settings import Settings
from tests.daemon.real_desk import RealDesk, real_desk
from tests.database import Server, database
from tests.waiting import until


class Impatient(SystemClock):
    """Looks again at once: nobody trades meanwhile."""

    async def sleep(self, seconds: float) -> None:
        return None


@dataclass(frozen=True)
class Breakage:
    """One row made wrong behind everybody's back, and how it is put right again."""

    table: str
    column: str
    wrong: str
    where: str
    finds: Callable[[str], list[tuple[str, str]]]


BREAKAGES = (
    Breakage(
        "fills",
        "price",
        "price + 0.000000000000000001",
        "exchange_trade_id",
        lambda key: [("fill", f"BTCUSDT/{key}")],
    ),
    Breakage(
        "ledger_rows",
        "amount",
        "amount + 0.00000001",
        "exchange_row_id",
        lambda key: [("ledger", key), ("wallet", "USDT")],
    ),
    Breakage(
        "attempts", "filled_quantity", "0.001", "client_order_id", lambda key: [("order", key)]
    ),
    Breakage("positions", "quantity", "0.001", "symbol", lambda key: [("position", key)]),
)


async def trade(desk: RealDesk) -> None:
    """Open and close a position on an account of each exchange; then nothing moves any more."""
    await desk.open_accounts(2)
    daemon = await desk.start_daemon()
    deployment_id = await desk.deploy()
    await desk.publish(deployment_id, SignalAction.OPEN_LONG)
    held = "SELECT count(*) FROM positions WHERE quantity <> 0"
    await until(lambda: desk.count(held) == 2, seconds=40)
    await desk.publish(deployment_id, SignalAction.CLOSE)
    await until(lambda: desk.count(held) == 0, seconds=40)
    stops = "SELECT count(*) FROM protection_legs WHERE state = 'placed'"
    await until(lambda: desk.count(stops) == 0, seconds=30)
    rows = (
        "SELECT count(DISTINCT f.id) FROM fills AS f JOIN ledger_cursors AS c"
        " ON c.account_id = f.account_id WHERE c.complete_until > f.traded_at"
    )
    await until(lambda: desk.count(rows) >= 4, seconds=60)
    assert await daemon.stop() == 0


@pytest.fixture
async def desk(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RealDesk]:
    with database(server) as name:
        async with real_desk(server, name, tmp_path, monkeypatch) as made:
            await trade(made)
            yield made
            print(made.logs())  # shown where the test failed


def break_one(desk: RealDesk, breakage: Breakage) -> tuple[str, str]:
    """Make one row wrong; return its name and the statement that puts it right."""
    table, column = breakage.table, breakage.column
    row, key, before = desk.ask(
        f"SELECT ctid::text, {breakage.where}, {column} FROM {table} ORDER BY account_id LIMIT 1"
    )[0]
    change(desk, f"UPDATE {table} SET {column} = {breakage.wrong} WHERE ctid = '{row}'")
    account = f"account_id = (SELECT account_id FROM {table} ORDER BY account_id LIMIT 1)"
    return key, (
        f"UPDATE {table} SET {column} = {before} WHERE {breakage.where} = '{key}' AND {account}"
    )


def change(desk: RealDesk, statement: str) -> None:
    """Run a statement past the triggers that forbid it."""
    desk.ask(f"SET session_replication_role = replica; {statement}")


async def differences(desk: RealDesk) -> list[Difference]:
    """Compare in this process, as the daemon's role."""
    settings = Settings(
        paper_url=desk.paper_url,
        trading_key_file=Path(desk.variables["PATRIOT_TRADING_KEY_FILE"]),
    )
    checker = Checker(settings=settings, vault=open_vault(settings), clock=Impatient())
    engine = create_engine(
        desk.variables["PATRIOT_DATABASE_URL"], process_name="tests-verify", pool_size=3
    )
    use_engine(engine)
    try:
        found = await checker.check_all()
    finally:
        await engine.dispose()
    return [row for one in found for row in one.differences]


async def test_one_broken_row_is_found_and_named(desk: RealDesk) -> None:
    code, table = await desk.verify()
    assert code == 0, table
    assert "2 accounts" in table
    assert "Client 0, binance paper" in table

    first = BREAKAGES[0]
    key, repair = break_one(desk, first)
    code, table = await desk.verify()
    assert code == 1, table
    named = table.partition("Rows that do not tie:\n")[2].splitlines()
    assert len(named) == 1
    assert f"fill BTCUSDT/{key}" in named[0]
    change(desk, repair)

    for breakage in BREAKAGES:
        key, repair = break_one(desk, breakage)
        found = await differences(desk)
        expected = breakage.finds(key)
        assert [one.kind for one in found] == [kind for kind, _ in expected], breakage
        assert expected[0][1] in found[0].key, breakage
        change(desk, repair)
        assert await differences(desk) == [], breakage
