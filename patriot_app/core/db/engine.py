"""One engine per process, as one database role."""

from typing import Any

import orjson
from psycopg.pq import PipelineStatus, TransactionStatus
from sqlalchemy import AdaptedConnection, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

IDLE = TransactionStatus.IDLE


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
    engine = create_async_engine(
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
    event.listen(engine.sync_engine, "checkout", _refuse_unfinished)
    return engine


def _refuse_unfinished(adapted: AdaptedConnection, _record: object, _fairy: object) -> None:
    """Let the pool replace a connection on which a task was interrupted between two answers.

    One that is left in a pipeline, or with a transaction, would give the next task the answers of
    the last one.
    """
    inner = adapted.driver_connection.pgconn
    if (inner.pipeline_status, inner.transaction_status) != (PipelineStatus.OFF, IDLE):
        raise DisconnectionError("The connection was left unfinished")


def _dump(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()
