"""The process's session factory; set once by the composition root."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.pool import QueuePool

from patriot_app.core.db.pipeline import BOUND_MS
from patriot_app.core.errors import Refused

_factory: async_sessionmaker[AsyncSession] | None = None
_reserved: async_sessionmaker[AsyncSession] | None = None
_urgent: async_sessionmaker[AsyncSession] | None = None
_pool: QueuePool | None = None
_IS_URGENT: ContextVar[bool] = ContextVar("is_urgent", default=False)


def use_engine(
    engine: AsyncEngine | None,
    *,
    reserved: AsyncEngine | None = None,
    urgent: AsyncEngine | None = None,
    bound_s: float | None = None,
) -> None:
    """Make all units of work and queries of this process use an engine (None: none).

    Args:
        reserved: for what must never wait in line for a connection; None: the same.
        urgent: for what reduces risk while every connection of the first one is taken.
        bound_s: how long a transaction may last whose statements went in trips (`pipeline`), whatever
            became of this process; None: for ever.
    """
    global _factory, _reserved, _urgent, _pool
    info = {} if bound_s is None else {BOUND_MS: int(bound_s * 1000)}
    _factory = _factory_of(engine, info)
    _reserved = _factory_of(reserved, info) or _factory
    _urgent = _factory_of(urgent, info)
    pool = None if engine is None else engine.pool
    _pool = pool if isinstance(pool, QueuePool) else None


def new_session(*, is_reserved: bool = False) -> AsyncSession:
    """Return a new session.

    Raises:
        Refused: the process has not set its engine.
    """
    factory = _reserved if is_reserved else _factory
    if factory is None:
        raise Refused("The database is not connected: this process has no engine yet")
    if not is_reserved and _urgent is not None and _IS_URGENT.get() and is_exhausted():
        return _urgent()
    return factory()


def is_exhausted() -> bool:
    """Tell whether every connection that the process may have is taken."""
    if _pool is None:
        return False
    # The pool was given as many connections for a burst as it keeps (`engine.create_engine`).
    return _pool.checkedout() >= 2 * _pool.size()


@contextmanager
def reserve_for(*, is_urgent: bool) -> Iterator[None]:
    """Let this task use the connections kept for exits, if what it does reduces risk."""
    token = _IS_URGENT.set(is_urgent or _IS_URGENT.get())
    try:
        yield
    finally:
        _IS_URGENT.reset(token)


def use_reserve() -> None:
    """Let the rest of this task use the connections kept for exits."""
    _IS_URGENT.set(True)


def _factory_of(
    engine: AsyncEngine | None, info: dict[str, int]
) -> async_sessionmaker[AsyncSession] | None:
    if engine is None:
        return None
    return async_sessionmaker(engine, expire_on_commit=False, autoflush=False, info=info)
