"""Keep room on each address for reading its accounts anew, should this trader die."""

from daemon.context import Context
from daemon.execution import reading_order


async def run(context: Context) -> None:
    """Tell the limiter what a take-over of the accounts that we hold would cost."""
    reading_order.keep_room(context)
