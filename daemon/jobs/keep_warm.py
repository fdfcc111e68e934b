"""Keep connections open ahead of a fan-out, so that no handshake stands in its way."""

import asyncio
from collections import Counter

from daemon.context import Context

CONNECTIONS_MAX = 50
"""For one exchange and source address; the rest opens when it is needed."""


async def run(context: Context) -> None:
    """See that each address has a connection for each of its accounts, up to a limit."""
    wanted = Counter(
        (session.exchange, session.mode, session.source_address)
        for session in context.sessions.values()
    )
    await asyncio.gather(
        *(
            context.gateway.prewarm(
                exchange,
                mode,
                source_address=address,
                connections=min(count, CONNECTIONS_MAX),
            )
            for (exchange, mode, address), count in wanted.items()
        ),
        # An exchange that is not reachable is told of by whoever has something to send.
        return_exceptions=True,
    )
