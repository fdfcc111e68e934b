"""The kill switch that needs nothing but a file: no console, no database, no other process.

A file at the path of the setting stops this machine's daemons at the next order. Its first word says
how far: K1 to K3 let nothing open any more, K4 lets nothing leave at all. An empty file, one that
cannot be read and one that says anything else mean K4: in doubt nothing leaves. A job carries what
it says into the database, where it is a halt of the whole desk like any other and clears up.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from daemon.context import Context
from patriot_app.core.domain.halts import HaltLevel
from patriot_app.core.domain.sending import ReadyAttempt

log = logging.getLogger(__name__)

_WORDS = {level.name_on_screen: level for level in HaltLevel}


def level_of(path: Path | None) -> HaltLevel | None:
    """Return how far the file stops us; None where there is none."""
    if path is None:
        return None
    try:
        words = path.read_text(errors="replace").split()
    except FileNotFoundError:
        return None
    except OSError:
        log.exception("kill_file_unreadable")
        return HaltLevel.STOP_SENDING
    return _WORDS.get(words[0].upper(), HaltLevel.STOP_SENDING) if words else HaltLevel.STOP_SENDING


def is_stopped(context: Context) -> bool:
    """Tell whether the file lets nothing leave at all: no exit, no stop, no cancel."""
    return level_of(context.settings.kill_file) is HaltLevel.STOP_SENDING


def admit(
    context: Context, attempts: Sequence[ReadyAttempt], unsent: dict[UUID, str]
) -> list[ReadyAttempt]:
    """Return what the file lets leave; note of the rest why it stays."""
    level = level_of(context.settings.kill_file)
    if level is None:
        return list(attempts)
    admitted = []
    for attempt in attempts:
        if level < HaltLevel.STOP_SENDING and not attempt.order.leg.opens:
            admitted.append(attempt)
        else:
            unsent[attempt.attempt_id] = f"The kill file says {level.name_on_screen}"
    return admitted
