"""The composition root of the role bot: it knows no exchange, no key and no shard, and no password.

It runs alone, under a database role of its own, and is the only process that has the bot's token.
"""

import logging
import resource
from contextlib import AsyncExitStack

from daemon import health
from daemon.jobs import beat
from daemon.process import end, plain_process, start, stop_signal
from daemon.telegram.api import open_bot
from daemon.telegram.bot import Reader
from daemon.telegram.outbox import ChatOutbox
from patriot_app.core.clock import SystemClock
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.errors import Refused
from patriot_app.core.logs import configure
from patriot_app.core.queries import schema_revision
from patriot_app.core.settings import get_settings

log = logging.getLogger(__name__)

ROLE = "bot"
POOL_SIZE = 5


async def run() -> None:
    """Answer chats until SIGTERM or SIGINT.

    Raises:
        Refused: a setting is missing or unsafe.
    """
    settings = get_settings()
    configure(settings.log_level)
    # A core dump of this process would hold the token.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not settings.database_url:
        raise Refused("PATRIOT_DATABASE_URL is not set")
    bot = open_bot(settings)
    living = plain_process(ROLE, SystemClock())
    async with AsyncExitStack() as stack:
        engine = create_engine(
            settings.database_url, process_name="patriot-bot", pool_size=POOL_SIZE
        )
        stack.push_async_callback(engine.dispose)
        use_engine(engine)
        stack.callback(use_engine, None)
        await schema_revision.check()
        reader = Reader(bot, owner=living.process, clock=living.clock)
        stack.push_async_callback(reader.close)
        runner = await health.serve(living, port=settings.health_port)
        stack.push_async_callback(runner.cleanup)
        stop = stop_signal()
        chats = ChatOutbox(
            bot, owner=living.process, clock=living.clock, public_url=settings.public_url
        )
        tasks = start(
            {"beat": beat.run(living), "reader": reader.run(), "chat_outbox": chats.run()}
        )
        log.info("daemon_started", extra={"owner": living.process})
        await stop.wait()
        await end(tasks.values())
        await beat.leave(living)
    log.info("daemon_stopped", extra={"owner": living.process})
