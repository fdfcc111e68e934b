"""How long what a person waits for takes: to register, to open a profile, to connect an account.

    python -m bench.people [--rounds 60] [--at-once 4] [--clients 1000]

Runs the services as the web process does, with password hashes at their full cost (argon2id, two at
a time), so many callers at once, on a server that flushes each commit, with so many clients,
accounts and sealed keys in it. Prints p50 and p95 beside the goal, their ratio, the processor time
of a call, and the time of an fdatasync in the same minutes; absolute times belong to the machine.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from bench.fan_out import fdatasync_ms
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.permissions import VISITOR
from patriot_app.core.ids import new_id
from patriot_app.core.queries import accounts as account_queries
from patriot_app.core.queries import users as user_queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import accounts, credentials, invitations, registration, users
from patriot_app.core.unit_of_work import begin
from tests.database import database, running_server
from tests.factories.keys import make_keys
from tests.factories.rows import OPERATOR

PASSWORD = "a long enough passphrase"
GOALS_MS = {"registration": 500.0, "profile": 200.0, "linking": 1_000.0}
FULL_COST = {"PATRIOT_ARGON2_MEMORY_KIB": "65536", "PATRIOT_ARGON2_PASSES": "3"}
NUMBERS = count(1)

Call = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Figures:
    """What the calls of one kind took, in milliseconds."""

    times: list[float]
    processor_ms: float

    def at(self, share: float) -> float:
        """Return a percentile."""
        return sorted(self.times)[min(len(self.times) - 1, int(len(self.times) * share))]


async def invited_token() -> tuple[str, str]:
    """Invite somebody; return his link's token and his address."""
    email = f"person-{new_id()}@mail.example"
    async with begin(OPERATOR) as uow:
        made = await invitations.invite(uow, email=email, name="Ivy")
    return parse_qs(urlsplit(made.link).query)["token"][0], email


async def register(token: str, email: str) -> None:
    """Do what the form of the link does."""
    hashed = await registration.hash_new_password(PASSWORD, email=email)
    async with begin(VISITOR) as uow:
        await registration.register(
            uow,
            token=token,
            name="Ivy Green",
            password_hash=hashed,
            terms_version="v1",
            request_id=str(new_id()),
        )


async def profile(client_id: UUID) -> None:
    """Read what the drawer of a client shows."""
    await user_queries.detail(OPERATOR, client_id)
    await account_queries.page(OPERATOR, PageRequest(filters={"client_id": str(client_id)}))


async def link(client_id: UUID) -> None:
    """Open an account and seal its key, as the form of a key does."""
    number = next(NUMBERS)
    async with begin(OPERATOR) as uow:
        account_id = await accounts.open_account(
            uow,
            client_id=client_id,
            exchange=Exchange.BINANCE,
            mode=AccountMode.PAPER,
            label=f"Account {number}",
        )
        await credentials.submit(
            uow,
            account_id,
            api_key=f"patriotTESTkey{number:010}",
            api_secret=f"patriotTESTsecret{number:010}",
        )


async def make_client() -> UUID:
    """Enter an approved client."""
    async with begin(OPERATOR) as uow:
        client_id = await users.create_client(
            uow, email=f"client-{new_id()}@mail.example", name="Client"
        )
        await users.approve(uow, client_id)
    return client_id


async def timed(calls: list[Call], *, at_once: int) -> Figures:
    """Make the calls, so many at a time."""
    gate = asyncio.Semaphore(at_once)
    times: list[float] = []

    async def one(call: Call) -> None:
        async with gate:
            began = time.perf_counter()
            await call()
            times.append((time.perf_counter() - began) * 1000)

    began = time.process_time()
    await asyncio.gather(*(one(call) for call in calls))
    return Figures(times, (time.process_time() - began) * 1000 / len(calls))


async def measure(url: str, *, rounds: int, at_once: int, clients: int) -> bool:
    """Print the figures; tell whether each goal is met."""
    engine = create_engine(url, process_name="bench", pool_size=at_once)
    use_engine(engine)
    known = [await make_client() for _ in range(clients)]
    for client_id in known:
        await link(client_id)
    invited = [await invited_token() for _ in range(rounds)]
    kinds: dict[str, list[Call]] = {
        "registration": [partial(register, token, email) for token, email in invited],
        "profile": [partial(profile, known[number % clients]) for number in range(rounds)],
        "linking": [partial(link, known[number % clients]) for number in range(rounds)],
    }
    print(f"{clients} clients with a key each, {at_once} callers at once, {rounds} calls")
    print(f"{'':<16}{'p50 ms':>9}{'p95 ms':>9}{'goal':>8}{'p95/goal':>10}{'processor ms':>14}")
    is_met = True
    for name, calls in kinds.items():
        found, goal = await timed(calls, at_once=at_once), GOALS_MS[name]
        is_met = is_met and found.at(0.95) <= goal
        print(
            f"{name:<16}{found.at(0.5):>9.1f}{found.at(0.95):>9.1f}{goal:>8.0f}"
            f"{found.at(0.95) / goal:>10.2f}{found.processor_ms:>14.1f}"
        )
    use_engine(None)
    await engine.dispose()
    return is_met


def main() -> int:
    """Measure and report; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--clients", type=int, default=1_000)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(is_durable=True) as server,
        database(server) as name,
    ):
        os.environ.update(make_keys(Path(folder)).variables() | FULL_COST)
        print(f"fdatasync p50 {fdatasync_ms(Path(folder)):.2f} ms")
        is_met = asyncio.run(
            measure(
                server.url("patriot_web", name),
                rounds=options.rounds,
                at_once=options.at_once,
                clients=options.clients,
            )
        )
    return 0 if is_met else 1


if __name__ == "__main__":
    raise SystemExit(main())
