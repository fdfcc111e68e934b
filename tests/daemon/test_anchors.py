"""Lines that are kept elsewhere are whole, once, and read back."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemon import anchors
from patriot_app.core.domain.checkpoints import NO_ROOT, Checkpoint
from patriot_app.core.errors import Invalid, Refused

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def seal(number: int, *, events: int = 1) -> Checkpoint:
    return Checkpoint(number, NOON, events, NO_ROOT, NO_ROOT, "0" * 16, b"s" * 64)


def test_lines_are_added_once_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "other volume" / "checkpoints.jsonl"
    assert anchors.last_number(path) == 0
    assert anchors.keep(path, [seal(1), seal(2)]) == 2
    assert anchors.keep(path, [seal(1), seal(2), seal(3)]) == 1
    assert anchors.last_number(path) == 3
    assert anchors.read(path) == {number: seal(number) for number in (1, 2, 3)}


def test_a_line_that_a_crash_cut_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints.jsonl"
    anchors.keep(path, [seal(1), seal(2)])
    path.write_bytes(path.read_bytes()[:-20])
    assert anchors.last_number(path) == 1
    anchors.keep(path, [seal(2)])
    assert sorted(anchors.read(path)) == [1, 2]


def test_a_file_that_is_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints.jsonl"
    path.write_text("notes\n")
    with pytest.raises(Invalid, match="no checkpoint"):
        anchors.keep(path, [seal(1)])
    assert path.read_text() == "notes\n"
    with pytest.raises(Refused, match="line 1"):
        anchors.read(path)


def test_two_different_lines_with_one_number_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints.jsonl"
    path.write_text(f"{seal(1).to_line()}\n{seal(1, events=2).to_line()}\n")
    with pytest.raises(Refused, match="another checkpoint 1"):
        anchors.read(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no file of checkpoints"):
        anchors.read(tmp_path / "nowhere")
