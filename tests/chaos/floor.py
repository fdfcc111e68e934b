"""The desk in trouble: two daemons or fewer, a durable database, an exchange, all real processes."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import psutil
import pytest

from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.settings import Settings
from tests.chaos.looking import until_seen
from tests.chaos.truth import Booked, Span
from tests.daemon.real_desk import ADDRESSES, SYMBOL, Daemon, RealDesk, real_desk
from tests.database import Outage, database

PRODUCTION = {"PATRIOT_REQUIRE_BOUND_IP": "0", "PATRIOT_LOG_LEVEL": "INFO"}
"""Nothing scaled: leases, windows and delays are those of a real desk."""
SETTLE_S = 300.0
START_S = 300.0
RETRIES = 5
READ_S = 75.0
MARKET_AT_WORK = (
    "SELECT count(*) FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id"
    " WHERE t.state IN ('open', 'partially_filled') AND i.order_type = 'MARKET'"
    " AND i.leg IN ('entry', 'exit')"
)
"""A market order that seems to rest: its trades have not been heard of."""
FLYING = "('created', 'sending', 'unknown')"


@dataclass
class Floor:
    """One desk with what is wrong with it at the moment."""

    desk: RealDesk
    postgres: Outage
    chance: Random
    mutants: tuple[str, ...] = ()
    passed: Path | None = None
    deployment_id: UUID | None = None
    stopped: list[Daemon] = field(default_factory=list)
    excused: list[Span] = field(default_factory=list)
    take_overs: list[float] = field(default_factory=list)
    traded_again: list[float] = field(default_factory=list)
    read_later: list[float] = field(default_factory=list)
    restarts: list[float] = field(default_factory=list)
    trouble_ms: int = 0

    # --- daemons

    @property
    def shards(self) -> int:
        """How many shards the desk has."""
        default = Settings.model_fields["shards"].default
        return int(self.desk.variables.get("PATRIOT_SHARDS", default))

    @property
    def daemons(self) -> list[Daemon]:
        """Daemons whose process is there, the oldest first."""
        return [one for one in self.desk.daemons if one.child.returncode is None]

    async def start(self, *arguments: str) -> Daemon:
        """Start a daemon with a fate."""
        mutants = [part for name in self.mutants for part in ("--mutant", name)]
        note = () if "--at" in arguments else ("--note", str(self.passed))
        return await self.desk.start_daemon(
            program=("tests.chaos.child", *arguments, *mutants, *note)
        )

    async def become(self, mutants: tuple[str, ...]) -> None:
        """Replace every daemon by two with deliberate bugs."""
        self.mutants = mutants
        for daemon in self.daemons:
            await daemon.stop()
        for _ in range(2):
            await self.start()
        await self.shared()

    async def shared(self) -> None:
        """Wait until every shard is held and ready, by each daemon its part."""
        assert self.daemons
        await until_seen(self.is_shared, seconds=START_S)

    async def is_shared(self) -> bool:
        """Tell whether every shard is held and ready, by each daemon its part."""
        ready = [
            (await one.vital_signs()).get("shards_ready", 0)
            for one in self.daemons
            if one not in self.stopped
        ]
        return bool(ready) and sum(ready) == self.shards and min(ready) > 0

    async def take_over(self, *, since: float) -> None:
        """Wait until the living have every shard and its accounts ready; note how long that took."""
        await self.shared()
        self.take_overs.append(time.monotonic() - since)

    async def restarted(self, *, since: float) -> None:
        """Wait for the same after a time in which nobody lived."""
        await self.shared()
        self.restarts.append(time.monotonic() - since)

    # --- trouble

    async def begin_trouble(self) -> None:
        """Note that from now on a position may stand bare for a reason."""
        self.trouble_ms = await self.market_ms()

    async def end_trouble(self, *, more_s: float = 0.0) -> None:
        """Note that from now on, or a while later, nothing excuses anything."""
        self.excused.append((self.trouble_ms, await self.market_ms() + int(more_s * 1000)))

    async def market_ms(self) -> int:
        """Return the exchange's market time."""
        reading = await self.desk.control("GET", "/clock")
        return int(reading["market_ms"])

    def freeze(self, daemon: Daemon) -> None:
        """Stop a daemon as a machine that is moved would."""
        psutil.Process(daemon.child.pid).suspend()
        self.stopped.append(daemon)

    def thaw(self) -> None:
        """Let every stopped daemon go on where it was."""
        for daemon in self.stopped:
            if daemon.child.returncode is None:
                psutil.Process(daemon.child.pid).resume()
        self.stopped.clear()

    # --- trading

    async def publish(self, action: SignalAction) -> None:
        """Publish a signal to every account and return when it is recorded.

        The pool's connections may have died in the trouble before.
        """
        command_id = await self._publish(action)
        asked = "SELECT status, error FROM commands WHERE id = %s"
        told: list[tuple[str, str]] = []

        def is_over() -> bool:
            told[:] = [(status, error) for status, error in self.desk.ask(asked, command_id)]
            return bool(told) and told[0][0] not in {"pending", "claimed"}

        await until_seen(is_over, seconds=SETTLE_S)
        assert told == [("succeeded", "")], told

    async def _publish(self, action: SignalAction) -> UUID:
        assert self.deployment_id is not None
        for left in range(RETRIES - 1, -1, -1):
            try:
                return await self.desk.publish(self.deployment_id, action)
            except Exception:
                if not left:
                    raise
                await asyncio.sleep(0.5)
        raise AssertionError("The last try returns or raises")

    def is_sending(self) -> bool:
        """Tell whether an order of the newest signal has been marked to be sent."""
        return bool(
            self.desk.count(
                "SELECT count(*) FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id"
                " WHERE t.sending_at IS NOT NULL AND i.signal_id ="
                " (SELECT id FROM signals ORDER BY created_at DESC LIMIT 1)"
            )
        )

    def is_settled(self) -> bool:
        """Tell whether every account is ready and decided and no order's outcome is open."""
        desk = self.desk
        return not desk.count(
            "SELECT (SELECT count(*) FROM fan_outs WHERE state <> 'finished')"
            f" + (SELECT count(*) FROM attempts WHERE state IN {FLYING})"
            f" + ({MARKET_AT_WORK})"
            " + (SELECT count(*) FROM commands WHERE status IN ('pending','claimed'))"
        ) and desk.ready == len(desk.accounts)

    async def settled(self) -> None:
        """Wait for it.

        Raises:
            TimeoutError: something stays open.
        """
        await until_seen(self.is_settled, seconds=SETTLE_S)

    async def flatten(self) -> int:
        """Close what is held by signals; return how many were needed."""
        for count in range(1, RETRIES + 1):
            await self.publish(SignalAction.CLOSE)
            await asyncio.sleep(1)
            await self.settled()
            # A trade of which no frame came is read within a minute: until then no order helps.
            with suppress(TimeoutError):
                await until_seen(lambda: not self.held(), seconds=READ_S)
            if not self.held():
                return count
        raise TimeoutError(f"{self.held()} positions do not close")

    def held(self) -> int:
        """How many positions our books have."""
        return self.desk.count("SELECT count(*) FROM positions WHERE quantity <> 0")

    def books(self) -> dict[UUID, dict[str, Booked]]:
        """Return every attempt by account and client order id."""
        found: dict[UUID, dict[str, Booked]] = {one: {} for one in self.desk.accounts}
        for account_id, name, intent_id, leg, state, quantity in self.desk.ask(
            "SELECT t.account_id, t.client_order_id, i.id, i.leg, t.state, t.filled_quantity"
            " FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id WHERE i.leg <> 'cancel'"
        ):
            found[account_id][name] = Booked(str(intent_id), leg, state, Decimal(quantity))
        return found

    async def truth(self) -> dict[UUID, dict[str, Any]]:
        """Return what the exchange knows of every account."""
        return await self.desk.at_exchange()


@asynccontextmanager
async def floor(
    folder: Path,
    *,
    accounts: int,
    chance: Random,
    mutants: tuple[str, ...] = (),
    timing: Mapping[str, str] = PRODUCTION,
    addresses: int = ADDRESSES,
) -> AsyncIterator[Floor]:
    """Open a desk with two daemons and a deployment over every account."""
    pg_folder = folder / "pg"
    pg_folder.mkdir()
    postgres = Outage(pg_folder, is_durable=True)
    patch = pytest.MonkeyPatch()
    try:
        with database(postgres.server) as name:
            async with real_desk(postgres.server, name, folder, patch, timing=timing) as desk:
                made = Floor(desk, postgres, chance, mutants, folder / "passed.txt")
                await made.start()
                await made.start()
                await made.shared()
                await desk.open_accounts(accounts, addresses=addresses)
                made.deployment_id = await desk.deploy()
                yield made
    finally:
        patch.undo()
        postgres.close()


__all__ = ["SYMBOL", "Floor", "floor"]
