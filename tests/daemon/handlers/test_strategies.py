"""An operator's own signal is recorded once, whoever carries its command out."""

from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from daemon.handlers import strategies as handler
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.commands import PublishSignal
from patriot_app.core.services.commands import ClaimedCommand
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(server, database_name, accounts=1) as trader:
        yield trader


def put_price(trader: Trader, price: Decimal) -> None:
    trader.context.prices.put(Exchange.BINANCE, AccountMode.PAPER, SYMBOL, mark=price)


async def test_a_signal_whose_command_returns_after_a_crash_is_the_same(trader: Trader) -> None:
    price = await trader.price()
    trader.desk.execute(
        "UPDATE strategies SET kind = 'operator_signal' WHERE id = %s", trader.desk.strategy_id
    )
    command = PublishSignal(
        deployment_id=trader.desk.deployment_id,
        symbol=SYMBOL,
        action="open_long",
        stop_loss=str((price * Decimal("0.98")).quantize(Decimal(1))),
        reason="The news",
    )
    claimed = ClaimedCommand(
        uuid4(), command.type, None, command, "", issued_by=None, surface="console"
    )
    put_price(trader, price)
    first = await handler.publish_signal(claimed, command, trader.context)

    # Meanwhile the price is another one, and the deployment takes no more entries.
    put_price(trader, price * Decimal("1.01"))
    trader.desk.execute(
        "UPDATE deployments SET status = 'paused' WHERE id = %s", trader.desk.deployment_id
    )
    assert await handler.publish_signal(claimed, command, trader.context) == first
    rows = trader.desk.execute(
        "SELECT id FROM signals WHERE deployment_id = %s", trader.desk.deployment_id
    )
    assert rows == [(UUID(first["signal_id"]),)]
