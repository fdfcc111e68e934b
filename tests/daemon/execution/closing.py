"""The daemon's close of months in a process that may be killed.

python -m tests.daemon.execution.closing [--killed-after N]
"""

import argparse
import asyncio

from daemon.execution import months
from patriot_app.core.clock import SystemClock
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.settings import get_settings
from tests.chaos import crash_points

LASTS_MAX_S = 300.0


async def close() -> None:
    """Close all that is due."""
    url = get_settings().database_url
    use_engine(create_engine(url, process_name="closing", pool_size=months.CONCURRENT_MAX + 1))
    clock = SystemClock()
    until_s = clock.monotonic() + LASTS_MAX_S
    await months.close_due(clock, computed_before=clock.now(), until_s=until_s)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--killed-after", type=int, default=0)
    mandates = parser.parse_args().killed_after
    if mandates:
        crash_points.watch(crash_points.die_at("months._close.after", call=mandates))
    asyncio.run(close())
