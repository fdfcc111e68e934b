"""A desk of real processes: paper exchange and daemons as an operator starts them.

Seeded through the services, as the web process's role. The exchange's own record (`/_paper`) is the
truth that our books are held against.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import psycopg
import pytest

from ops.home import Home
from ops.keys import ensure_keys
from ops.ports import free_port
from ops.processes import bound_command
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.permissions import STAFF_ROLES, Actor
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.services import (
    accounts,
    administrators,
    credentials,
    deployments,
    own_signals,
    strategies,
    users,
)
from patriot_app.core.services.own_signals import OwnSignal
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.waiting import until

SYMBOL = "BTCUSDT"
ROOT = Path(__file__).parents[2]
QUICK = {
    "PATRIOT_BALANCE_AGE_S_MAX": "300",
    # What markets do to accounts is not what these tests are about.
    "PATRIOT_BREACHES": "tell",
    "PATRIOT_SHARDS": "4",
    "PATRIOT_LEASE_TTL_S": "4",
    "PATRIOT_LEASE_RENEW_S": "0.5",
    "PATRIOT_CLOCK_SKEW_MS": "200",
    "PATRIOT_VISIBILITY_DELAY_BINANCE_S": "0.3",
    "PATRIOT_VISIBILITY_DELAY_BYBIT_S": "0.3",
    "PATRIOT_REQUIRE_BOUND_IP": "0",
    "PATRIOT_LOG_LEVEL": "INFO",
}
"""Leases that run out soon, so that a take-over is over before the test is."""

ADDRESSES = 16
"""Reading an account afresh costs Binance 95 of an address's 2,400 a minute."""
READY_S = 900.0
"""Few addresses with many accounts are read one minute's budget after the other."""
WRITE_PATHS = {"binance": "/fapi/v1/order", "bybit": "/v5/order/create"}
Account = dict[str, Any]


@dataclass
class Daemon:
    """One started daemon."""

    child: asyncio.subprocess.Process
    log: Path
    health_url: str

    async def kill(self) -> None:
        """End it as a power cut would."""
        self.child.kill()
        await self.child.wait()

    async def stop(self) -> int:
        """End it as an operator would; return its exit code."""
        self.child.send_signal(signal.SIGTERM)
        async with asyncio.timeout(90):
            return await self.child.wait()

    async def name(self) -> str:
        """Return the process's own name, which owns leases and claims."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.health_url}/healthz") as answer,
        ):
            content: dict[str, str] = await answer.json()
            return content["process"]

    async def vital_signs(self) -> dict[str, Any]:
        """Return what /readyz says; empty while it does not listen."""
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"{self.health_url}/readyz") as answer,
            ):
                content: dict[str, Any] = await answer.json()
                return content
        except aiohttp.ClientError:
            return {}


@dataclass
class RealDesk:
    """The desk; accounts by their key at the exchange."""

    server: Server
    database: str
    folder: Path
    paper_url: str
    variables: dict[str, str]
    http: aiohttp.ClientSession
    accounts: dict[UUID, tuple[Exchange, str]] = field(default_factory=dict)
    daemons: list[Daemon] = field(default_factory=list)
    operator: Actor | None = None
    paper: asyncio.subprocess.Process | None = None

    # --- processes

    async def start_paper(self) -> None:
        """Start the paper exchange with what it had, and wait until it answers."""
        with (self.folder / "paper.log").open("ab") as stderr:
            self.paper = await asyncio.create_subprocess_exec(
                *_bound("daemon.paper_exchange"),
                *("--port", self.paper_url.rsplit(":", 1)[1], "--home", str(self.folder / "paper")),
                *("--speed", "1", "--seed", "7"),
                cwd=ROOT,
                stderr=stderr,
            )
        await until(self._paper_answers, seconds=60)

    async def kill_paper(self) -> None:
        """End the paper exchange as a power cut would."""
        if self.paper is not None and self.paper.returncode is None:
            self.paper.kill()
            await self.paper.wait()

    async def _paper_answers(self) -> bool:
        assert self.paper is not None
        assert self.paper.returncode is None, "the paper exchange did not start"
        try:
            await self.control("GET", "/health")
        except aiohttp.ClientConnectionError:
            return False
        return True

    async def start_daemon(
        self, role: str = "trader", *, program: Sequence[str] = ("daemon",)
    ) -> Daemon:
        """Start a daemon and return at once.

        Args:
            program: module and first arguments, where it is not the daemon itself.
        """
        port = free_port()
        log = self.folder / f"daemon-{len(self.daemons)}.log"
        with log.open("wb") as stderr:
            child = await asyncio.create_subprocess_exec(
                *_bound(*program, "--role", role),
                env=self.variables | {"PATRIOT_HEALTH_PORT": str(port)},
                cwd=ROOT,
                stderr=stderr,
            )
        daemon = Daemon(child, log, f"http://127.0.0.1:{port}")
        self.daemons.append(daemon)
        return daemon

    async def verify(self) -> tuple[int, str]:
        """Run `python -m daemon.verify`; return exit code and table."""
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "daemon.verify"),
            env=self.variables,
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await child.communicate()
        assert child.returncode is not None
        return child.returncode, out.decode()

    # --- the exchange

    async def control(self, method: str, path: str, body: Account | None = None) -> Any:
        """Call `/_paper`."""
        async with self.http.request(method, f"{self.paper_url}/_paper{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def at_exchange(self) -> dict[UUID, Account]:
        """Return what the exchange knows of every account."""
        return {
            account_id: await self.control("GET", f"/accounts/{exchange.value}/{key}")
            for account_id, (exchange, key) in self.accounts.items()
        }

    async def delay_orders(self, account_ids: Sequence[UUID], kind: str, seconds: float) -> None:
        """Let the next order of each account take long."""
        for account_id in account_ids:
            exchange, key = self.accounts[account_id]
            body = {
                "kind": kind,
                "path": WRITE_PATHS[exchange.value],
                "method": "POST",
                "api_key": key,
                "delay_s": seconds,
            }
            await self.control("POST", "/faults", body)

    # --- our books

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement as the superuser; return its rows, if it has any."""
        with psycopg.connect(self.server.uri, dbname=self.database, autocommit=True) as connection:
            cursor = connection.execute(statement, values)  # type: ignore[call-overload]
            return list(cursor.fetchall()) if cursor.description else []

    def count(self, statement: str, *values: object) -> int:
        """Return the one number that a statement selects."""
        return int(self.ask(statement, *values)[0][0])

    async def open_accounts(self, count: int, *, addresses: int = ADDRESSES) -> None:
        """Make customers, accounts at both exchanges in turn, and sealed keys.

        Args:
            addresses: that they are spread over.
        """
        visitor = Actor(user_id=None, name="tests", roles=STAFF_ROLES, surface="cli")
        async with begin(visitor) as uow:
            user_id = await administrators.create_first_administrator(
                uow, email="operator@firm.example", name="Operator", password=uuid4().hex
            )
        self.operator = Actor(user_id=user_id, name="Operator", roles=STAFF_ROLES, surface="cli")
        for number in range(count):
            exchange = list(Exchange)[number % 2]
            place = number // len(Exchange) % addresses
            await self._open_account(number, exchange, f"127.0.0.{2 + place}")

    async def _open_account(self, number: int, exchange: Exchange, address: str) -> None:
        key, secret = uuid4().hex, uuid4().hex
        await self.control(
            "POST",
            "/accounts",
            {"exchange": exchange.value, "api_key": key, "api_secret": secret, "balance": "10000"},
        )
        assert self.operator is not None
        async with begin(self.operator) as uow:
            client_id = await users.create_client(
                uow, email=f"client-{number}@mail.example", name=f"Client {number}"
            )
            await users.approve(uow, client_id, reason="Test")
            account_id = await accounts.open_account(
                uow,
                client_id=client_id,
                exchange=exchange,
                mode=AccountMode.PAPER,
                label=f"{exchange.value} paper",
                source_address=address,
            )
            await credentials.submit(uow, account_id, api_key=key, api_secret=secret)
        self.accounts[account_id] = (exchange, key)

    async def deploy(self) -> UUID:
        """Put the operator's own strategy to work on every account; wait until it can trade."""
        await until(lambda: self.ready == len(self.accounts), seconds=READY_S)
        assert self.operator is not None
        async with begin(self.operator) as uow:
            _, version_id = await strategies.create(
                uow, name="Own", kind="operator_signal", parameters={"leverage": "5"}
            )
            deployment_id = await deployments.create(
                uow,
                name="Own",
                version_id=version_id,
                reference_exchange=Exchange.BINANCE,
                symbols=(SYMBOL,),
                shares=dict.fromkeys(self.accounts, Decimal(1)),
            )
            await deployments.start(uow, deployment_id, reason="Test")
        prices = "SELECT count(*) FROM last_prices WHERE symbol = %s AND mode = 'paper'"
        await until(lambda: self.count(prices, SYMBOL) == len(Exchange), seconds=60)
        return deployment_id

    @property
    def ready(self) -> int:
        """How many accounts may trade, once their contracts are listed."""
        if self.count("SELECT count(*) FROM instruments WHERE symbol = %s", SYMBOL) < len(Exchange):
            return 0
        return self.count(
            "SELECT count(*) FROM account_states AS s JOIN credentials AS c"
            " ON c.account_id = s.account_id AND c.status = 'verified' WHERE s.is_ready"
        )

    async def publish(self, deployment_id: UUID, action: SignalAction) -> UUID:
        """Publish the operator's signal as the console does, with a stop 3 % away; return the command."""
        price = Decimal((await self.control("GET", "/health"))["prices"]["binance"][SYMBOL])
        stop = (price * Decimal("0.97")).quantize(Decimal(1))
        assert self.operator is not None
        async with begin(self.operator) as uow:
            return await own_signals.publish_signal(
                uow,
                deployment_id,
                OwnSignal(
                    symbol=SYMBOL,
                    action=action,
                    stop_loss=None if action is SignalAction.CLOSE else stop,
                ),
                reason="Test",
                idempotency_key=uuid4().hex,
            )

    def logs(self) -> str:
        """Return the ends of the daemons' logs, for a failed test."""
        return "\n".join(
            f"== {one.log.name}\n{one.log.read_text()[-3000:]}" for one in self.daemons
        )


@asynccontextmanager
async def real_desk(
    server: Server,
    database: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    timing: Mapping[str, str] = QUICK,
) -> AsyncIterator[RealDesk]:
    """Run the paper exchange; every process is killed at the end."""
    files = ensure_keys(Home(folder))
    common = dict(timing) | {
        "PATRIOT_HOME": str(folder),
        "PATRIOT_TRADING_PUBLIC_KEY_FILE": str(files.trading_public),
    }
    for name, value in (
        common
        | {
            "PATRIOT_WEB_KEY_FILE": str(files.web),
            "PATRIOT_SESSION_PEPPER_FILE": str(files.session_pepper),
            "PATRIOT_ARGON2_MEMORY_KIB": "256",
            "PATRIOT_ARGON2_PASSES": "1",
        }
    ).items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    paper_url = f"http://127.0.0.1:{free_port()}"
    variables = common | {
        "PATH": os.environ["PATH"],
        "PATRIOT_DATABASE_URL": server.url("patriot_daemon", database),
        "PATRIOT_TRADING_KEY_FILE": str(files.trading_private),
        "PATRIOT_INSTANCE_KEY_FILE": str(files.instance),
        "PATRIOT_PAPER_URL": paper_url,
    }
    async with AsyncExitStack() as stack:
        stack.callback(get_settings.cache_clear)
        engine = create_engine(
            server.url("patriot_web", database), process_name="tests-web", pool_size=3
        )
        stack.push_async_callback(engine.dispose)
        use_engine(engine)
        stack.callback(use_engine, None)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        desk = RealDesk(server, database, folder, paper_url, variables, http)
        stack.push_async_callback(_end, desk.daemons)
        stack.push_async_callback(desk.kill_paper)
        await desk.start_paper()
        yield desk


async def _end(daemons: list[Daemon]) -> None:
    for daemon in daemons:
        if daemon.child.returncode is None:
            await daemon.kill()


def _bound(*module: str) -> list[str]:
    """Return the command of a module of ours that ends with this process, however that ends."""
    return bound_command([sys.executable, "-m", *module], death_signal=signal.SIGKILL)
