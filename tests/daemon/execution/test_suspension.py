"""A suspended client's account is closed as planned and opened no more, on the real path."""

from daemon.execution import fan_out, reading
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.services import users
from patriot_app.core.unit_of_work import begin
from tests.daemon.execution.trading import running_trader
from tests.database import Server
from tests.factories.roles import acting_as
from tests.factories.rows import OPERATOR


async def test_a_suspended_client_exits_and_does_not_enter(
    server: Server, as_daemon: str, database_name: str
) -> None:
    async with running_trader(server, database_name, accounts=1) as trader:
        (account,) = trader.desk.accounts
        await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
        await reading.read_orders(trader.context, trader.sessions[0])
        await reading.read_fills(trader.context, trader.sessions[0], "BTCUSDT")
        assert await trader.held(account) > 0
        async with (
            acting_as(server, database_name, "patriot_web"),
            begin(OPERATOR) as uow,
        ):
            await users.suspend(uow, trader.desk.client_id, reason="Papers have expired")
        away = await trader.signal(action=SignalAction.CLOSE, stop_loss=None)
        await fan_out.run(trader.context, away, trader.desk.all_shards)
        await reading.read_orders(trader.context, trader.sessions[0])
        await reading.read_fills(trader.context, trader.sessions[0], "BTCUSDT")
        assert await trader.held(account) == 0
        trades = await trader.trades(account)
        again = await trader.signal()
        await fan_out.run(trader.context, again, trader.desk.all_shards)
        assert await trader.trades(account) == trades
        outcome = trader.desk.execute(
            "SELECT decision, reason_code FROM fan_out_accounts WHERE signal_id = %s", again
        )
        assert outcome == [("skipped", "ACCOUNT_SUSPENDED")]
