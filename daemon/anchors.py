"""The file of checkpoint lines: written as they are sealed, kept on another volume, read to audit."""

import fcntl
import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from patriot_app.core.domain.checkpoints import Checkpoint, from_line
from patriot_app.core.errors import Invalid, Refused

_LINE_MAX = 8_192


def keep(path: Path, checkpoints: Iterable[Checkpoint]) -> int:
    """Add the lines that the file does not have, on the disk before returning.

    Processes that share the file wait for each other. A half-written last line, of a machine that
    lost its power, is written anew.

    Args:
        checkpoints: in order of number.

    Returns:
        How many lines were added.

    Raises:
        Invalid: the last line is not one of ours.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        last = _last_number(file)
        new = [checkpoint for checkpoint in checkpoints if checkpoint.number > last]
        if new:
            file.write("".join(f"{checkpoint.to_line()}\n" for checkpoint in new).encode())
            file.flush()
            os.fsync(file.fileno())
    return len(new)


def last_number(path: Path) -> int:
    """Return the number of the newest whole line, 0 if there is none.

    Raises:
        Invalid: that line is not one of ours.
    """
    if not path.exists():
        return 0
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        return _last_number(file)


def _last_number(file: BinaryIO) -> int:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _LINE_MAX))
    tail = file.read()
    whole = tail.rfind(b"\n") + 1
    if whole < len(tail):
        file.truncate(size - len(tail) + whole)
    lines = tail[:whole].splitlines()
    return from_line(lines[-1].decode()).number if lines else 0


def read(path: Path) -> dict[int, Checkpoint]:
    """Return the lines by number.

    Raises:
        Refused: the file is missing, or a line of it is not one of ours or is there twice.
    """
    if not path.is_file():
        raise Refused(f"There is no file of checkpoints at {path}")
    found: dict[int, Checkpoint] = {}
    for place, line in enumerate(path.read_text(encoding="ascii").splitlines(), start=1):
        try:
            checkpoint = from_line(line)
        except Invalid as error:
            raise Refused(f"{path}, line {place}: {error}") from error
        if found.setdefault(checkpoint.number, checkpoint) != checkpoint:
            raise Refused(f"{path}, line {place}: another checkpoint {checkpoint.number}")
    return found
