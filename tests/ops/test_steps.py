"""Steps: one line each, with its duration."""

import io

import pytest

from ops.steps import Steps


def test_a_step_prints_its_name_duration_and_note() -> None:
    ticks = iter([0.0, 1.0, 3.5])
    out = io.StringIO()
    steps = Steps(out, now=lambda: next(ticks))
    with steps.step("Database schema") as note:
        note("schema 0002")
    line = out.getvalue()
    assert line.startswith("  ok Database schema ")
    assert line.endswith("2.5 s  schema 0002\n")


def test_a_failed_step_says_so_and_raises() -> None:
    out = io.StringIO()
    steps = Steps(out)
    with pytest.raises(ValueError, match="broken"), steps.step("Daemon"):
        raise ValueError("broken")
    assert out.getvalue().startswith("  !! Daemon")
    assert out.getvalue().endswith("failed\n")
