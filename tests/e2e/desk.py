"""One desk as a user runs it (`patriot up --paper`), and what the tests ask it behind its back."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psycopg

from ops.desk import free_port, running_desk
from ops.home import CHECKOUT, Home
from ops.processes import strays, wait_until

START_TIMEOUT_S = 240.0  # a first frontend build is part of it
STOP_TIMEOUT_S = 60.0
STOP_SHARE = Decimal("0.94")
LOG_TAIL = 3_000
_NOT_INHERITED = ("DATABASE_URL", "PATRIOT_HOME", "PATRIOT_PUBLIC_URL")


@dataclass(frozen=True, slots=True)
class PaperKey:
    """A key of the paper exchange.

    Attributes:
        exchange: "binance" or "bybit".
    """

    exchange: str
    api_key: str
    api_secret: str


@dataclass(frozen=True, slots=True)
class Started:
    """A command of `ops.cli` that runs a desk."""

    process: "subprocess.Popen[bytes]"
    home: Home
    url: str
    output: Path

    def said(self) -> str:
        """Return all that it has printed."""
        return self.output.read_text()

    def interrupt(self) -> int:
        """Press Ctrl-C and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=STOP_TIMEOUT_S)


@contextmanager
def new_home() -> Iterator[Path]:
    """Return where a desk may live; not in pytest's own folders, which only we may enter."""
    with TemporaryDirectory(prefix="patriot-e2e-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "home"


@contextmanager
def started(home: Path, command: Sequence[str], **variables: str) -> Iterator[Started]:
    """Run a command of `ops.cli` from when it says that it is up; it is stopped at the end."""
    port = free_port()
    output = home.with_suffix(".out")
    kept = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    with output.open("wb") as out:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "ops.cli", *command, "--no-browser"),
                *("--home", str(home), "--port", str(port)),
            ],
            cwd=CHECKOUT,
            env=kept | variables,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    run = Started(process, Home(home), f"http://127.0.0.1:{port}", output)
    try:
        wait_until(
            lambda: "is up after" in run.said() or process.poll() is not None,
            timeout_s=START_TIMEOUT_S,
        )
        assert process.poll() is None, run.said()
        assert "is up after" in run.said(), run.said()
        yield run
    finally:
        if process.poll() is None:
            run.interrupt()
        assert strays(home) == []


class PaperControl:
    """The paper exchange's own word on what happened, and the hand on its market."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=f"{url}/_paper", timeout=60)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def open_account(
        self, exchange: str, *, label: str, balance: str, permissions: dict[str, Any] | None = None
    ) -> PaperKey:
        """Open an account at the exchange and return its key."""
        key = PaperKey(exchange, f"key-of-{label}", f"secret-of-{label}")
        self._call(
            "POST",
            "/accounts",
            {
                "exchange": exchange,
                "api_key": key.api_key,
                "api_secret": key.api_secret,
                "label": label,
                "balance": balance,
                "permissions": permissions or {},
            },
        )
        return key

    def account(self, key: PaperKey) -> dict[str, Any]:
        """Return all that the exchange knows about an account."""
        path = f"/accounts/{key.exchange}/{key.api_key}"
        found: dict[str, Any] = self._call("GET", path)
        return found

    def held(self, key: PaperKey, symbol: str) -> Decimal:
        """Return the signed quantity of a position."""
        positions = self.account(key)["positions"]
        position = positions.get(symbol) if isinstance(positions, dict) else None
        return Decimal(position["quantity"]) if position else Decimal(0)

    def refuse_next(self, key: PaperKey) -> None:
        """Let the exchange refuse the next order of an account for want of margin."""
        path = {"binance": "/fapi/v1/order", "bybit": "/v5/order/create"}[key.exchange]
        fault = {"kind": "insufficient_margin", "path": path, "method": "POST"}
        self._call("POST", "/faults", fault | {"api_key": key.api_key})

    def working(self, key: PaperKey, symbol: str) -> list[dict[str, Any]]:
        """Return the orders of a symbol that wait at the exchange, stops among them."""
        account = self.account(key)
        stops = [stop["request"]["order"] for stop in _each(account["open_conditionals"])]
        waiting = [*_each(account["open_orders"]), *stops]
        return [order for order in waiting if order["symbol"] == symbol]

    def price(self, symbol: str, exchange: str = "binance") -> Decimal:
        """Return the last price."""
        return Decimal(self._call("GET", "/health")["prices"][exchange][symbol])

    def set_speed(self, speed: float) -> None:
        """Set how many minutes of market pass in a minute."""
        self._call("POST", "/clock", {"speed": speed})

    def set_paused(self, *, paused: bool) -> None:
        """Let the market stand still, or go on."""
        self._call("POST", "/clock", {"paused": paused})

    def accounts(self) -> list[dict[str, Any]]:
        """Return every account in short."""
        found: list[dict[str, Any]] = self._call("GET", "/accounts")
        return found

    def market_ms(self) -> int:
        """Return the market time."""
        return int(self._call("GET", "/clock")["market_ms"])

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = self._client.request(method, path, json=body)
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()


class DeskUnderTest:
    """A running desk: its address, its paper exchange and its tables."""

    def __init__(self, run: Started) -> None:
        self.url = run.url
        self.home = run.home
        with running_desk(run.home) as desk:
            administrator = desk.server.administrator
            database = desk.server.database
            assert desk.paper_url is not None
            self.paper = PaperControl(desk.paper_url)
        url = administrator.set(drivername="postgresql", database=database)
        self._database = psycopg.connect(url.render_as_string(), autocommit=True)

    def close(self) -> None:
        """Close the connections."""
        self.paper.close()
        self._database.close()

    def last_words(self) -> list[tuple[str, str]]:
        """Return the end of each process's log, and who waits for whom in the database."""
        said = [
            (path.name, path.read_text(errors="replace")[-LOG_TAIL:])
            for path in sorted(self.home.logs.glob("*.log"))
        ]
        busy = self.rows(
            "SELECT application_name, state, wait_event_type, wait_event, pg_blocking_pids(pid),"
            " now() - xact_start, left(query, 200) FROM pg_stat_activity"
            " WHERE state <> 'idle' AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return [*said, ("database", "\n".join(str(row) for row in busy) or "nobody is at work")]

    def stop_below(self, symbol: str) -> Decimal:
        """Return a stop for a long position, six per cent below the price."""
        wanted = self.paper.price(symbol) * STOP_SHARE
        return wanted.quantize(Decimal("0.1"), rounding=ROUND_DOWN)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what a query finds; it sees every row."""
        return self._database.execute(query.encode(), values).fetchall()

    def value(self, query: str, *values: object) -> Any:
        """Return the one value that a query finds."""
        [[found]] = self.rows(query, *values)
        return found

    def confirm_everybody(self) -> None:
        """Let everybody who is signed in have just confirmed his identity, on slow machines too."""
        self.rows("UPDATE sessions SET stepped_up_at = now() + interval '1 hour' RETURNING id")

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return the contents of the recorded events of a kind, oldest first."""
        found = self.rows("SELECT payload FROM events WHERE type = %s ORDER BY recorded_at", kind)
        return [row[0] for row in found]


def _each(orders: dict[str, Any] | list[Any]) -> list[dict[str, Any]]:
    return list(orders.values()) if isinstance(orders, dict) else orders
