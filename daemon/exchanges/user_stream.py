"""What happens on one account, as it happens: orders, fills, balances, positions.

ccxt's own streams drop `listenKeyExpired` and stay connected and silent after it; these do not.
"""

from daemon.exchanges.binance_user_stream import BinanceUserStream
from daemon.exchanges.bybit_user_stream import BybitUserStream
from daemon.exchanges.ccxt_gateway import CcxtGateway
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.stream_events import UserStreamHandlers
from daemon.exchanges.stream_link import Shared, StreamLink
from patriot_app.core.domain.accounts import Exchange


class UserStream:
    """One account's stream; `run` it as a task, cancel the task to close it."""

    def __init__(
        self,
        session: AccountSession,
        *,
        gateway: CcxtGateway,
        handlers: UserStreamHandlers,
        shared: Shared,
    ) -> None:
        self.session = session
        kind = BinanceUserStream if session.exchange is Exchange.BINANCE else BybitUserStream
        self._link = StreamLink(
            kind(session, gateway.caller, handlers), shared, source_address=session.source_address
        )

    @property
    def is_connected(self) -> bool:
        return self._link.is_connected

    async def run(self) -> None:
        """Keep the stream until cancelled."""
        await self._link.run()
