"""python -m daemon.replay: the record told again, and the read models made anew from it.

Without a choice of act it prints events, one JSON object a line, in the order of their times, each
read by its kind and version. Exit 1 if an event cannot be read, 2 if unable.
"""

import argparse
import asyncio
import sys
from datetime import UTC, datetime

import orjson

from daemon.replay.rebuilding import make_anew
from patriot_app.core.clock import SystemClock
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.events import schemas
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import PatriotError
from patriot_app.core.queries import projections
from patriot_app.core.settings import get_settings

AUDITOR = Actor(user_id=None, name="auditor", roles=frozenset(), surface="cli")


async def tell(arguments: argparse.Namespace) -> int:
    """Print the events that were asked for."""
    told = unreadable = 0
    async for row in projections.replayed(
        AUDITOR,
        stream=arguments.stream,
        kind=arguments.kind,
        since=arguments.since,
        until=arguments.until,
    ):
        told += 1
        line = dict(row._mapping)
        try:
            fact = schemas.read(row.type, row.version, row.payload, subject=row.subject_id)
            line["payload"] = fact.to_payload()
        except schemas.Unreadable as error:
            unreadable += 1
            line["unreadable"] = str(error)
        print(orjson.dumps(line).decode())
    print(f"{told} events, {unreadable} unreadable", file=sys.stderr)
    return 1 if unreadable else 0


async def show_states() -> int:
    """Print how far every read model is."""
    found = await projections.states(AUDITOR)
    for item in found:
        when = "never" if item.advanced_at is None else item.advanced_at.isoformat("T", "seconds")
        print(
            f"{item.name:<16}{item.state:<12}{item.events} events, {item.behind} behind,"
            f" last {when}{': ' + item.error if item.error else ''}"
        )
    return 1 if any(item.error for item in found) else 0


async def run(arguments: argparse.Namespace) -> int:
    """Do what was asked."""
    engine = create_engine(get_settings().database_url, process_name="patriot-replay", pool_size=2)
    use_engine(engine)
    try:
        if arguments.states:
            return await show_states()
        if arguments.rebuild:
            return await make_anew(arguments.rebuild, clock=SystemClock(), say=print)
        return await tell(arguments)
    finally:
        await engine.dispose()


def _moment(given: str) -> datetime:
    moment = datetime.fromisoformat(given)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def main() -> int:
    """Run and say why if it cannot."""
    parser = argparse.ArgumentParser(prog="python -m daemon.replay", description=__doc__)
    parser.add_argument("--stream", default="", help='such as "desk" or "account:<id>"')
    parser.add_argument("--kind", default="", choices=["", *sorted(schemas.KINDS)])
    parser.add_argument("--since", type=_moment, help="from then on, UTC where no zone is given")
    parser.add_argument("--until", type=_moment, help="before then")
    parser.add_argument("--states", action="store_true", help="how far the read models are")
    parser.add_argument("--rebuild", default="", help='a read model, or "all"')
    try:
        return asyncio.run(run(parser.parse_args()))
    except PatriotError as error:
        print(f"Cannot replay: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
