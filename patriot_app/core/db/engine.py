"""One engine per process, as one database role."""

from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


def create_engine(
    url: str, *, process_name: str, pool_size: int = 10, idle_in_transaction_s: float = 60
) -> AsyncEngine:
    """Return an engine whose limits are stated.

    Args:
        url: `postgresql+psycopg://role@host:port/patriot`.
        process_name: shown in pg_stat_activity.
        pool_size: connections kept; as many again may be opened for a burst.
        idle_in_transaction_s: after which the server ends a transaction whose process says nothing.
            A process that was stopped in the middle of one holds up everybody else for so long.
    """
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        pool_pre_ping=False,
        # The same few connections stay busy, and their prepared statements with them.
        pool_use_lifo=True,
        pool_recycle=1800,
        # What a statement was given may be a secret, and its error is logged.
        hide_parameters=True,
        json_serializer=_dump,
        json_deserializer=orjson.loads,
        connect_args={
            "application_name": process_name,
            "options": "-c statement_timeout=30000 -c lock_timeout=5000 -c timezone=UTC"
            f" -c idle_in_transaction_session_timeout={int(idle_in_transaction_s * 1000)}",
        },
    )


def _dump(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()
