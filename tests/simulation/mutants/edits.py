"""Deliberate bugs as edits of the product's own source or SQL, made in memory while a world runs.

An edit whose text is no longer there fails loudly, so that none goes blunt unseen. What other modules
imported by name is changed there too; what the timetable holds cannot be, and fails.
"""

import inspect
import sys
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from daemon.schedule import TIMETABLE
from tests.simulation.profiles import EVERYDAY, Profile
from tests.simulation.replacing import replaced

_PRODUCT = frozenset({"daemon", "patriot_app"})


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement in a function (or a class's method), an SQL text, or a table.

    Attributes:
        old: text that must be there; "" for a table, which gets the key `new`.
    """

    owner: Any
    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """One deliberate bug.

    Attributes:
        shows: invariants of which at least one must be violated; what else is told does not count.
        profile: worlds that lead to the moment at which it matters.
        seed: that caught it before.
    """

    what: str
    edits: tuple[Edit, ...]
    shows: frozenset[str]
    profile: Profile = EVERYDAY
    seed: int = 0


def does_nothing(owner: Any, name: str, first: str) -> Edit:
    """Return an edit that ends a function before its first statement."""
    return Edit(owner, name, first, f"return\n    {first}")


@contextmanager
def mutated(mutant: Mutant) -> Iterator[None]:
    """Let the product have a bug inside of the block."""
    with ExitStack() as stack:
        for edit in mutant.edits:
            places, edited = _places(edit), _edited(edit)
            for owner, name in places:
                stack.enter_context(replaced(owner, name, edited))
        yield


def _places(edit: Edit) -> list[tuple[Any, str]]:
    """Return every place that holds what an edit changes: its owner, and who imported it by name."""
    present = inspect.getattr_static(edit.owner, edit.name)
    held = [job.name for job in TIMETABLE if job.run is present]
    assert not held, f"the timetable holds {edit.name} itself ({held}): change what it calls"
    importers = [
        (module, name)
        for key, module in sorted(sys.modules.items())
        if key.partition(".")[0] in _PRODUCT and module is not edit.owner
        for name, value in vars(module).items()
        if value is present
    ]
    return [(edit.owner, edit.name), *importers]


def _edited(edit: Edit) -> Any:
    present = inspect.getattr_static(edit.owner, edit.name)
    if isinstance(present, dict):
        kind = type(next(iter(present)))
        return {**present, kind(edit.new): "a mutant's"}
    if not callable(present) and not isinstance(present, property):
        assert edit.old in present.text, f"{edit.name} has no {edit.old!r} any more"
        return text(present.text.replace(edit.old, edit.new, 1))
    function = present.fget if isinstance(present, property) else present
    source = textwrap.dedent(inspect.getsource(function))
    assert edit.old in source, f"{edit.name} has no {edit.old!r} any more"
    changed = source.replace(edit.old, edit.new, 1)
    names: dict[str, Any] = {}
    module = sys.modules[function.__module__]
    # Faults and crash points ask for the file's name: a mutant must not escape them by another one.
    file = f"<mutant>/{Path(inspect.getfile(function)).name}"
    exec(compile(changed, file, "exec"), module.__dict__, names)  # noqa: S102
    return names[edit.name]
