"""The process's session factory; set once by the composition root."""

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from patriot_app.core.errors import Refused

_factory: async_sessionmaker[AsyncSession] | None = None


def use_engine(engine: AsyncEngine | None) -> None:
    """Make all units of work and queries of this process use an engine (None: none)."""
    global _factory
    _factory = (
        None
        if engine is None
        else async_sessionmaker(engine, expire_on_commit=False, autoflush=False)
    )


def new_session() -> AsyncSession:
    """Return a new session.

    Raises:
        Refused: the process has not set its engine.
    """
    if _factory is None:
        raise Refused("The database is not connected: this process has no engine yet")
    return _factory()
