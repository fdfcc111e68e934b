"""What a halt would stop, counted on PostgreSQL."""

from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.halts import HaltScope
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import deployments, halt_effects
from patriot_app.core.queries.halt_effects import HaltEffect
from patriot_app.core.unit_of_work import begin
from tests.factories.rows import (
    OPERATOR,
    DaemonRows,
    customer,
    make_account,
    make_client,
    make_deployment,
)

pytestmark = pytest.mark.usefixtures("as_web")


async def store_key(account_id: UUID, *, status: str) -> None:
    async with begin(OPERATOR) as uow:
        await uow.session.execute(
            text(
                "INSERT INTO credentials (id, account_id, status, key_id, masked_key, fingerprint)"
                " VALUES (gen_random_uuid(), :account_id, :status, 'k', 'abcd…wxyz', :mark)"
            ),
            {"account_id": account_id, "status": status, "mark": account_id.bytes[:8]},
        )


async def test_each_scope_counts_its_own_accounts_orders_and_positions(rows: DaemonRows) -> None:
    # The client's third account has no key that trades: a halt changes nothing for it.
    for exchange in Exchange:
        rows.instrument(exchange=exchange.value)
    client = await make_client()
    binance = await make_account(client)
    bybit = await make_account(exchange=Exchange.BYBIT)
    refused = await make_account(client)
    for account_id, status in ((binance, "verified"), (bybit, "verified"), (refused, "rejected")):
        await store_key(account_id, status=status)
    deployment_id = await make_deployment([binance, bybit])
    strategy_id = (await deployments.get(OPERATOR, deployment_id)).strategy_id
    rows.position(binance, deployment_id=deployment_id)
    rows.position(bybit, quantity=Decimal("-0.1"))
    entry = rows.intent(binance, deployment_id=deployment_id)
    rows.attempt(entry, binance)
    stop = rows.intent(binance, leg="stop_loss", deployment_id=deployment_id)
    rows.attempt(stop, binance)

    async def effect(scope: HaltScope, scope_id: UUID | str = "") -> HaltEffect:
        return await halt_effects.effect(OPERATOR, scope, str(scope_id))

    assert await effect(HaltScope.DESK) == HaltEffect(2, 1, 1, 2, Decimal(30_000))
    alone = HaltEffect(1, 1, 1, 1, Decimal(25_000))
    assert await effect(HaltScope.EXCHANGE, "binance") == alone
    assert await effect(HaltScope.CLIENT, client) == alone
    assert await effect(HaltScope.ACCOUNT, binance) == alone
    # The strategy does not hold the position that it has not opened.
    assert await effect(HaltScope.STRATEGY, strategy_id) == HaltEffect(2, 1, 1, 1, Decimal(25_000))


async def test_a_client_learns_nothing_of_the_desk() -> None:
    with pytest.raises(NotFound):
        await halt_effects.effect(customer(await make_client()), HaltScope.DESK, "")
