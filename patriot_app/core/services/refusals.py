"""Write down who tried what he may not; see `core.domain.refusals` for how much of it."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from patriot_app.core import requests
from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.events import AttemptRefused
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.domain.refusals import RefusalBudget
from patriot_app.core.unit_of_work import begin

logger = logging.getLogger(__name__)

BUDGET = RefusalBudget()
TEXT_LENGTH_MAX = 200
OBJECTS_MAX = 5


async def note(actor: Actor, *, what: str, why: str, given: Any = None) -> None:
    """Record a refused attempt in a transaction of its own; without a database only the log has it.

    Args:
        what: handler, route or service.
        given: what came with it; the ids in it are kept, nothing else.
    """
    request = requests.current()
    address = "" if request is None else request.ip
    who = address if actor.user_id is None else str(actor.user_id)
    what = _printable(what)
    logger.warning("Refused", extra={"what": what, "why": _printable(why), "user": who})
    left_out = BUDGET.admit(who, what, now=SystemClock().monotonic())
    if left_out is None:
        return
    event = AttemptRefused(
        what=what, why=_printable(why), objects=tuple(_ids_in(given)), left_out=left_out
    )
    try:
        async with begin(actor) as uow:
            uow.record(event)
    except SQLAlchemyError:
        logger.exception("A refused attempt could not be recorded")


def _ids_in(given: Any) -> Iterator[str]:
    found: dict[str, None] = {}
    for text in _texts(given, depth=3):
        try:
            found[str(UUID(text))] = None
        except ValueError:
            continue
        if len(found) == OBJECTS_MAX:
            break
    yield from found


def _texts(given: Any, *, depth: int) -> Iterator[str]:
    if isinstance(given, UUID):
        yield str(given)
    elif isinstance(given, str):
        if len(given) <= TEXT_LENGTH_MAX:
            yield from given.replace("|", ":").split(":")
    elif depth and isinstance(given, Mapping):
        yield from _each(given.values(), depth)
    elif depth and isinstance(given, list | tuple):
        yield from _each(given, depth)


def _each(items: Iterable[Any], depth: int) -> Iterator[str]:
    for item in items:
        yield from _texts(item, depth=depth - 1)


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text[:TEXT_LENGTH_MAX])
