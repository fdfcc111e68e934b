"""python -m daemon.verify: exit 0 if everything ties, 1 with the rows that do not, 2 if unable."""

import asyncio
import sys

from daemon.vault import open_vault
from daemon.verify.checker import Checker
from daemon.verify.report import render
from patriot_app.core.clock import SystemClock
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.errors import PatriotError
from patriot_app.core.logs import configure
from patriot_app.core.settings import get_settings


async def verify() -> int:
    """Compare, print the table, and return the exit code."""
    settings = get_settings()
    configure(settings.log_level)
    engine = create_engine(settings.database_url, process_name="patriot-verify", pool_size=5)
    use_engine(engine)
    try:
        checker = Checker(settings=settings, vault=open_vault(settings), clock=SystemClock())
        comparisons = await checker.check_all()
    finally:
        await engine.dispose()
    print(render(comparisons))
    if not comparisons:
        return 2
    return 1 if any(comparison.differences for comparison in comparisons) else 0


def main() -> int:
    """Run and say why if it cannot."""
    try:
        return asyncio.run(verify())
    except PatriotError as error:
        print(f"Cannot verify: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
