"""Run migrations on PATRIOT_DATABASE_URL, as the migrator role."""

import os

from alembic import context
from sqlalchemy import create_engine, pool

from patriot_app.core.schema import Base

config = context.config
target_metadata = Base.metadata


def run_migrations_online() -> None:
    """Migrate inside one transaction per revision, giving up on a lock after five seconds."""
    url = config.get_main_option("sqlalchemy.url") or os.environ["PATRIOT_DATABASE_URL"]
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=target_metadata, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


if context.is_offline_mode():
    raise SystemExit("Offline migrations are not supported: give PATRIOT_DATABASE_URL")
run_migrations_online()
