"""The process's session factory; set once by the composition root."""

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from patriot_app.core.errors import Refused

_factory: async_sessionmaker[AsyncSession] | None = None
_reserved: async_sessionmaker[AsyncSession] | None = None


def use_engine(engine: AsyncEngine | None, *, reserved: AsyncEngine | None = None) -> None:
    """Make all units of work and queries of this process use an engine (None: none).

    Args:
        reserved: for what must never wait in line for a connection; None: the same.
    """
    global _factory, _reserved
    _factory = _factory_of(engine)
    _reserved = _factory_of(reserved) or _factory


def new_session(*, is_reserved: bool = False) -> AsyncSession:
    """Return a new session.

    Raises:
        Refused: the process has not set its engine.
    """
    factory = _reserved if is_reserved else _factory
    if factory is None:
        raise Refused("The database is not connected: this process has no engine yet")
    return factory()


def _factory_of(engine: AsyncEngine | None) -> async_sessionmaker[AsyncSession] | None:
    if engine is None:
        return None
    return async_sessionmaker(engine, expire_on_commit=False, autoflush=False)
