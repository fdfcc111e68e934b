"""python -m daemon --role trader|notifier|all|bot"""

import argparse
import asyncio
import sys

import uvloop

from daemon import app, bot
from patriot_app.core.errors import Refused


def main() -> int:
    """Run the daemon until it is told to stop; exit 2 if its settings forbid the start."""
    parser = argparse.ArgumentParser(prog="python -m daemon", description=__doc__)
    parser.add_argument(
        "--role", choices=(*app.ROLES, bot.ROLE), default="all", help="what this process does"
    )
    arguments = parser.parse_args()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(bot.run() if arguments.role == bot.ROLE else app.run(arguments.role))
    except Refused as error:
        print(f"The daemon does not start: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
