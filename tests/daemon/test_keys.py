"""A rotation seals every stored key anew, says what it could not, and lets a running vault go on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest

from daemon.keys import retire, rotate
from daemon.vault import SealedCredential, Vault
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.errors import Refused
from patriot_app.core.queries import sealed_keys
from patriot_app.core.sealing import SealedBox, generate_keypair, key_id, public_key_of, reseal
from patriot_app.core.services import credentials, key_rotation
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.keys import Keys
from tests.factories.rows import OPERATOR, make_account


class Custody:
    """A database with stored keys, seen by the web process and by the daemon."""

    def __init__(self, server: Server, database: str, keys: Keys) -> None:
        self._server = server
        self._database = database
        self.keys = keys

    @asynccontextmanager
    async def as_role(self, role: str) -> AsyncIterator[None]:
        url = self._server.url(role, self._database)
        engine = create_engine(url, process_name="tests", pool_size=2)
        use_engine(engine)
        try:
            yield
        finally:
            use_engine(None)
            await engine.dispose()

    async def store(self, number: int) -> UUID:
        """Store the key pair of a new account; return its credential."""
        async with self.as_role("patriot_web"):
            account_id = await make_account()
            async with begin(OPERATOR) as uow:
                submitted = await credentials.submit(
                    uow,
                    account_id,
                    api_key=f"patriotTESTkey{number:08}",
                    api_secret=f"patriotTESTsecret{number:08}",
                )
        return submitted.credential_id

    def execute(self, statement: str, *values: object) -> None:
        with psycopg.connect(self._server.uri, dbname=self._database, autocommit=True) as server:
            server.execute(statement, values)  # type: ignore[call-overload]


async def opened(vault: Vault, credential_id: UUID) -> tuple[str, str]:
    found = await sealed_keys.credential(credential_id)
    assert found is not None
    both = vault.open(
        SealedCredential(
            exchange=found.exchange.value,
            account_id=str(found.account_id),
            record_id=str(found.credential_id),
            api_key=found.api_key,
            api_secret=found.api_secret,
        )
    )
    return both.api_key.reveal(), both.api_secret.reveal()


@pytest.fixture
def custody(server: Server, database_name: str, keys: Keys) -> Custody:
    made = Custody(server, database_name, keys)
    made.execute("TRUNCATE credentials CASCADE")
    return made


async def test_all_stored_keys_are_sealed_anew_and_open_as_before(
    custody: Custody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 2)
    stored = [await custody.store(number) for number in range(5)]
    old = custody.keys.trading_private
    new, public = generate_keypair()
    async with custody.as_role("patriot_daemon"):
        done = await rotate(Vault([new, old]), public)
        assert (done.rewrapped, done.left, done.refused) == (5, 0, ())
        assert done.by_key == {key_id(public): 5}
        assert [await opened(Vault([new]), one) for one in stored] == [
            (f"patriotTESTkey{number:08}", f"patriotTESTsecret{number:08}") for number in range(5)
        ]
        with pytest.raises(Refused, match="does not have"):
            await opened(Vault([old]), stored[0])
        again = await rotate(Vault([new, old]), public)
        assert (again.rewrapped, again.left) == (0, 0)


async def test_a_running_vault_reads_the_new_key_when_it_first_meets_it(custody: Custody) -> None:
    stored = await custody.store(1)
    old = custody.keys.trading_private
    new, public = generate_keypair()
    on_disk = [old]
    running = Vault([old], read=lambda: list(on_disk))
    async with custody.as_role("patriot_daemon"):
        assert (await opened(running, stored))[0] == "patriotTESTkey00000001"
        on_disk.insert(0, new)
        await rotate(Vault(on_disk), public)
        assert (await opened(running, stored))[0] == "patriotTESTkey00000001"


async def test_a_rotation_that_was_interrupted_goes_on_where_it_was(
    custody: Custody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 2)
    stored = [await custody.store(number) for number in range(3)]
    old = custody.keys.trading_private
    new, public = generate_keypair()
    vault = Vault([new, old])
    seals = 0

    class Killed(Exception):
        """The process ended."""

    def dies_at_the_third(*parts: Any, **named: Any) -> SealedBox:
        nonlocal seals
        seals += 1
        if seals > 4:
            raise Killed
        return reseal(*parts, **named)

    async with custody.as_role("patriot_daemon"):
        with monkeypatch.context() as patched:
            patched.setattr("daemon.keys.reseal", dies_at_the_third)
            with pytest.raises(Killed):
                await rotate(vault, public)
        assert await sealed_keys.by_key() == {key_id(public): 2, key_id(public_key_of(old)): 1}
        done = await rotate(vault, public)
        assert (done.rewrapped, done.left) == (1, 0)
        assert (await opened(Vault([new]), stored[2]))[0] == "patriotTESTkey00000002"


async def test_what_does_not_open_is_told_and_holds_up_nothing_else(custody: Custody) -> None:
    stored = [await custody.store(number) for number in range(3)]
    custody.execute(
        "UPDATE credentials SET api_secret_ciphertext = api_key_ciphertext WHERE id = %s", stored[1]
    )
    new, public = generate_keypair()
    async with custody.as_role("patriot_daemon"):
        done = await rotate(Vault([new, custody.keys.trading_private]), public)
        assert (done.rewrapped, done.left, len(done.refused)) == (2, 1, 1)
        assert "does not open" in done.refused[0]
        assert "patriotTEST" not in done.refused[0]
        with pytest.raises(Refused, match="1 stored keys are still sealed"):
            await retire(
                key_id(public_key_of(custody.keys.trading_private)), current=key_id(public)
            )


async def test_a_key_whose_private_half_is_lost_is_told(custody: Custody) -> None:
    await custody.store(1)
    new, public = generate_keypair()
    async with custody.as_role("patriot_daemon"):
        done = await rotate(Vault([new]), public)
    assert (done.rewrapped, done.left) == (0, 1)
    assert "not among the key files" in done.refused[0]


async def test_only_a_former_key_that_nothing_needs_is_retired(custody: Custody) -> None:
    await custody.store(1)
    old = key_id(public_key_of(custody.keys.trading_private))
    new, public = generate_keypair()
    async with custody.as_role("patriot_daemon"):
        with pytest.raises(Refused, match="is the key in use"):
            await retire(old, current=old)
        with pytest.raises(Refused, match="still sealed"):
            await retire(old, current=key_id(public))
        await rotate(Vault([new, custody.keys.trading_private]), public)
        await retire(old, current=key_id(public))
