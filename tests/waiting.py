"""Wait for a condition instead of a time."""

import asyncio
from collections.abc import Awaitable, Callable

SECONDS_MAX = 60.0
STEP_S = 0.01


async def until(
    condition: Callable[[], bool | Awaitable[bool]],
    *,
    seconds: float = SECONDS_MAX,
    step_s: float = STEP_S,
) -> None:
    """Return once the condition holds.

    Args:
        step_s: between two looks; longer where a look costs something.

    Raises:
        TimeoutError: it did not hold in time.
    """
    async with asyncio.timeout(seconds):
        while True:
            held = condition()
            if held if isinstance(held, bool) else await held:
                return
            await asyncio.sleep(step_s)
