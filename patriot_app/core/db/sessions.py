"""The process's session factory; set once by the composition root."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.pool import QueuePool

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
) -> None:
    """Make all units of work and queries of this process use an engine (None: none).

    Args:
        reserved: for what must never wait in line for a connection; None: the same.
        urgent: for what reduces risk while every connection of the first one is taken.
    """
    global _factory, _reserved, _urgent, _pool
    _factory = _factory_of(engine)
    _reserved = _factory_of(reserved) or _factory
    _urgent = _factory_of(urgent)
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


def _factory_of(engine: AsyncEngine | None) -> async_sessionmaker[AsyncSession] | None:
    if engine is None:
        return None
    return async_sessionmaker(engine, expire_on_commit=False, autoflush=False)
