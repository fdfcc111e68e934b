"""Planted secrets are found nowhere, whatever fails: logs at debug, errors, figures, the database.

What is searched for is what a client's key pair looks like on its way through the daemon; the log
is searched as it would be written, with every library at debug.
"""

import logging
import pickle
import traceback
from collections.abc import AsyncIterator, Iterator

import pytest
from prometheus_client import generate_latest

from daemon.execution import key_life, recovery
from daemon.jobs import check_keys
from patriot_app.core.errors import PatriotError
from patriot_app.core.logs import configure
from tests.canaries import Canaries, whole_database
from tests.daemon.execution.test_key_life import Keys
from tests.daemon.execution.trading import Trader, running_trader
from tests.database import Server

CANARY_KEY = "patriotTESTcanaryKEY0123456789"
CANARY_SECRET = "patriotTESTcanarySECRET0123456789"


class Everything(logging.Handler):
    """Keeps what would be written, formatted as this process formats it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        formatter = logging.getLogger().handlers[0].formatter
        assert formatter is not None
        self.written.append(formatter.format(record))


@pytest.fixture
def log() -> Iterator[Everything]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    configure("DEBUG")
    kept = Everything()
    root.addHandler(kept)
    yield kept
    root.handlers[:], root.level = before, level


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(
        server, database_name, accounts=1, require_bound_ip=False, key_denials_max=2
    ) as trader:
        yield trader


def planted(trader: Trader) -> Canaries:
    canaries = Canaries()
    canaries.plant("API key", CANARY_KEY)
    canaries.plant("API secret", CANARY_SECRET)
    for private in trader.context.vault._private_keys.values():
        canaries.plant("trading key", private)
    return canaries


async def test_a_planted_key_is_found_nowhere_whatever_fails(
    trader: Trader, log: Everything, server: Server, database_name: str
) -> None:
    held = Keys(trader, iter(trader.desk.accounts))
    await trader.paper.create_account("binance", CANARY_KEY, api_secret=CANARY_SECRET)
    key = held.store(CANARY_KEY, CANARY_SECRET)
    errors: list[str] = []

    async def provoke(kind: str, **fault: object) -> None:
        await trader.paper.plan_fault("respond", "/sapi", times=1, **fault)
        try:
            await key_life.look(trader.context, key)
        except PatriotError:
            errors.append(traceback.format_exc())

    await provoke("down", status=503, body="<html>")
    await provoke("nonsense", status=200, body="{")
    held.make_due()
    await check_keys.run(trader.context)
    assert held.row(key)["status"] == "verified"
    session = trader.context.sessions[held.account]
    await trader.paper.act("binance", CANARY_KEY, "permissions", ip_whitelist=["198.51.100.9"])
    for _ in range(2):
        try:
            await trader.context.gateway.fetch_balance(session)
        except PatriotError:
            errors.append(traceback.format_exc())
    assert not await recovery.recover_account(trader.context, held.account)
    await check_keys.run(trader.context)
    assert held.row(key)["status"] == "quarantined"
    assert errors
    with pytest.raises(TypeError):
        pickle.dumps(session)
    assert log.written
    dump = whole_database(server, database_name)
    assert held.row(key)["masked_key"] in dump
    places: dict[str, str | bytes] = {
        "errors": "\n".join(errors),
        "what objects say of themselves": repr(session) + str(trader.context.vault),
        "the log": "\n".join(log.written),
        "the database": dump,
        "the figures": generate_latest(),
    }
    canaries = planted(trader)
    assert canaries.leaks(places) == {}
    places["errors"] = f"{errors} {CANARY_SECRET.encode().hex()}"
    assert canaries.leaks(places) == {"errors": ["API secret"]}
