"""Make the demo tenant through the same services that the console uses, as the same role.

`python -m ops.demo_seed tenant --accounts 100 --seed 7` makes operator, customers, accounts at the
paper exchange, sealed keys, mandates and limits; `python -m ops.demo_seed deployments` puts two
strategies to work once the daemon has read the contracts. Both make only what is missing.
"""

import argparse
import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import httpx
from sqlalchemy import text

from ops.demo import OPERATOR_EMAIL, ensure_logins
from ops.demo_customers import DemoCustomer, demo_customers
from ops.demo_strategies import DEPLOYMENTS
from ops.home import Home, OpsError
from patriot_app.core.clock import SystemClock
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.permissions import STAFF_ROLES, Actor
from patriot_app.core.domain.risk_limits import LimitName, LimitScope
from patriot_app.core.errors import PatriotError
from patriot_app.core.queries.reader import reading
from patriot_app.core.services import (
    accounts,
    administrators,
    credentials,
    deployments,
    mandates,
    risk,
    strategies,
    users,
)
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import begin

OPERATOR_NAME = "Demo operator"
ACCOUNTS_PER_ADDRESS = 4
_CONTRACTS_TIMEOUT_S = 90.0
_HTTP_TIMEOUT_S = 10.0
_REASON = "Demo"
_MANDATE = "Demo mandate"

DESK_LIMITS = {
    LimitName.POSITION_NOTIONAL: Decimal(100_000),
    LimitName.LEVERAGE: Decimal(5),
    LimitName.DAILY_LOSS_FRACTION: Decimal("0.10"),
    LimitName.DRAWDOWN_FRACTION: Decimal("0.30"),
}

_OPERATOR = text("SELECT id FROM users WHERE lower(email) = :email")
_CUSTOMERS = text("SELECT lower(email) FROM users WHERE is_demo")
_DEPLOYED = text("SELECT id, name, status FROM deployments")
_ACCOUNTS = text("SELECT id FROM accounts WHERE is_demo ORDER BY created_at, id")
_ALLOCATED = text(
    "SELECT DISTINCT account_id FROM allocations"
    " WHERE deployment_id = :deployment_id AND released_at IS NULL"
)
_LISTED = text("SELECT exchange, symbol FROM instruments")
_EXCHANGES = text("SELECT DISTINCT exchange FROM accounts WHERE is_demo")


async def seed_tenant(*, count: int, seed: int) -> str:
    """Make operator, limits and customers that are missing; return what there is."""
    operator = await _operator()
    async with reading(operator) as session:
        known = set((await session.execute(_CUSTOMERS)).scalars())
    missing = [one for one in demo_customers(count, seed=seed) if one.email not in known]
    paper_url = get_settings().paper_url
    async with httpx.AsyncClient(base_url=paper_url, timeout=_HTTP_TIMEOUT_S) as paper:
        started_at = await _market_time(paper)
        for customer in missing:
            await _seed_customer(operator, paper, customer, started_at=started_at)
    return f"{len(known) + len(missing)} accounts, {len(missing)} new"


async def seed_deployments() -> str:
    """Put both strategies to work on every demo account; return what there is.

    Raises:
        OpsError: the daemon has not read the contracts in time.
    """
    operator = await _operator()
    await _wait_for(lambda: _are_listed(operator), "the daemon to read the contracts")
    async with reading(operator) as session:
        account_ids = list((await session.execute(_ACCOUNTS)).scalars())
        existing = {row.name: row for row in (await session.execute(_DEPLOYED)).all()}
    share = Decimal(1) / len(DEPLOYMENTS)
    for name, kind, symbols, parameters in DEPLOYMENTS:
        if name in existing:
            await _add_accounts(operator, existing[name].id, account_ids, share)
            continue
        async with begin(operator) as uow:
            _, version_id = await strategies.create(
                uow, name=name, kind=kind, parameters=parameters, description="Demo strategy"
            )
            deployment_id = await deployments.create(
                uow,
                name=name,
                version_id=version_id,
                reference_exchange=Exchange.BINANCE,
                symbols=symbols,
                shares=dict.fromkeys(account_ids, share),
            )
            await deployments.start(uow, deployment_id, reason=_REASON)
    return f"{len(DEPLOYMENTS)} strategies on {len(account_ids)} accounts"


async def _operator() -> Actor:
    """Return the operator, who holds every staff role, made on first use."""
    visitor = Actor(user_id=None, name="patriot demo", roles=STAFF_ROLES, surface="cli")
    async with reading(visitor) as session:
        found = (await session.execute(_OPERATOR, {"email": OPERATOR_EMAIL})).scalar_one_or_none()
    if found is None:
        password = ensure_logins(Home(get_settings().home)).operator
        async with begin(visitor) as uow:
            found = await administrators.create_first_administrator(
                uow, email=OPERATOR_EMAIL, name=OPERATOR_NAME, password=password
            )
        await _set_limits(_actor(found))
    return _actor(found)


def _actor(user_id: UUID) -> Actor:
    return Actor(user_id=user_id, name=OPERATOR_NAME, roles=STAFF_ROLES, surface="cli")


async def _set_limits(operator: Actor) -> None:
    async with begin(operator) as uow:
        for name, value in DESK_LIMITS.items():
            await risk.set_limit(
                uow,
                scope=LimitScope.DESK,
                scope_id=None,
                name=name,
                value=value,
                reason=_REASON,
            )


async def _seed_customer(
    operator: Actor, paper: httpx.AsyncClient, customer: DemoCustomer, *, started_at: datetime
) -> None:
    """Make one customer in one transaction; what is left at the exchange after a crash is unused."""
    key, secret = secrets.token_hex(24), secrets.token_hex(24)
    await _open_at_exchange(paper, customer, api_key=key, api_secret=secret)
    logins = ensure_logins(Home(get_settings().home))
    async with begin(operator) as uow:
        client_id = await users.create_client(
            uow,
            email=customer.email,
            name=customer.name,
            password=logins.customer if customer.number == 1 else None,
            risk_profile=customer.risk_profile,
            is_demo=True,
        )
        await users.approve(uow, client_id, reason=_REASON)
        account_id = await accounts.open_account(
            uow,
            client_id=client_id,
            exchange=customer.exchange,
            mode=AccountMode.PAPER,
            label=f"{customer.exchange.value.capitalize()} paper",
            source_address=_source_address(customer.number),
            is_demo=True,
        )
        await credentials.submit(uow, account_id, api_key=key, api_secret=secret)
        await mandates.sign(
            uow,
            client_id=client_id,
            name=_MANDATE,
            account_ids=[account_id],
            rate=customer.rate,
            starts_at=started_at,
        )


async def _open_at_exchange(
    paper: httpx.AsyncClient, customer: DemoCustomer, *, api_key: str, api_secret: str
) -> None:
    answer = await paper.post(
        "/_paper/accounts",
        json={
            "exchange": customer.exchange.value,
            "api_key": api_key,
            "api_secret": api_secret,
            "label": customer.name,
            "balance": str(customer.balance),
        },
    )
    if answer.status_code != httpx.codes.OK:
        raise OpsError(f"The paper exchange refused {customer.name}: {answer.text}")


async def _market_time(paper: httpx.AsyncClient) -> datetime:
    reading_ = (await paper.get("/_paper/clock")).raise_for_status().json()
    return datetime.fromtimestamp(reading_["market_ms"] / 1000, tz=UTC)


def _source_address(number: int) -> str:
    """Spread accounts over loopback addresses, as customers' hosts would spread the rate limits.

    Only Linux answers on all of 127.0.0.0/8 by itself.
    """
    if sys.platform != "linux":
        return ""
    group = (number - 1) // ACCOUNTS_PER_ADDRESS
    return f"127.0.{1 + group // 250}.{1 + group % 250}"


async def _are_listed(operator: Actor) -> bool:
    async with reading(operator) as session:
        found = {tuple(row) for row in (await session.execute(_LISTED)).all()}
        exchanges = set((await session.execute(_EXCHANGES)).scalars())
    wanted = {symbol for _, _, symbols, _ in DEPLOYMENTS for symbol in symbols}
    return all((exchange, symbol) in found for exchange in exchanges for symbol in wanted)


async def _add_accounts(
    operator: Actor, deployment_id: UUID, account_ids: list[UUID], share: Decimal
) -> None:
    async with reading(operator) as session:
        bound = {"deployment_id": deployment_id}
        held = set((await session.execute(_ALLOCATED, bound)).scalars())
    added = {one: share for one in account_ids if one not in held}
    if held and added:
        async with begin(operator) as uow:
            await deployments.add_accounts(uow, deployment_id, added, reason=_REASON)


async def _wait_for(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    clock = SystemClock()
    deadline = clock.monotonic() + _CONTRACTS_TIMEOUT_S
    while not await condition():
        if clock.monotonic() > deadline:
            raise OpsError(f"Waited {_CONTRACTS_TIMEOUT_S:.0f} s in vain for {what}.")
        await clock.sleep(0.25)


async def _run(options: argparse.Namespace) -> str:
    engine = create_engine(get_settings().database_url, process_name="patriot-demo", pool_size=2)
    use_engine(engine)
    try:
        if options.part == "tenant":
            return await seed_tenant(count=options.accounts, seed=options.seed)
        return await seed_deployments()
    finally:
        await engine.dispose()


def main() -> int:
    """Make what is missing and print one line about what there is."""
    parser = argparse.ArgumentParser(description="Make the demo tenant.")
    parser.add_argument("part", choices=("tenant", "deployments"))
    parser.add_argument("--accounts", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    try:
        print(asyncio.run(_run(parser.parse_args())))
    except (PatriotError, OpsError, httpx.HTTPError) as error:
        print(f"{type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
