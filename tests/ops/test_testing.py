"""The runner of the tests sums up truthfully, or fails."""

import subprocess
import sys
from pathlib import Path

import pytest

from ops.home import CHECKOUT
from ops.testing import ASKED_AGAIN_MAX, TWICE, deserve_time

ONE_OF_EACH = """
import pytest

def test_holds():
    assert True

@pytest.mark.skip(reason="to be counted")
def test_left_out():
    assert True
"""

FAILS_ONCE = """
from pathlib import Path

def test_needs_a_second_try():
    been_here = Path(__file__).with_suffix(".mark")
    is_second = been_here.exists()
    been_here.touch()
    assert is_second
"""


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of a folder the way `make test` does."""
    ours = [option for option in options if option == TWICE]
    command = [sys.executable, "-m", "ops.testing", *ours, "-c", str(folder / "pytest.ini")]
    return subprocess.run(
        [*command, *(option for option in options if option not in ours), str(folder)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_one.py").write_text(ONE_OF_EACH)
    return tmp_path


@pytest.mark.parametrize("options", [(), ("-q",)], ids=["framed", "quiet"])
def test_the_number_of_skipped_tests_is_told(folder: Path, options: tuple[str, ...]) -> None:
    ended = run(folder, *options)
    assert ended.returncode == 0, ended.stdout
    assert "Skipped tests: 1" in ended.stdout


def test_a_failure_is_passed_on(folder: Path) -> None:
    (folder / "test_two.py").write_text("def test_fails():\n    assert False\n")
    ended = run(folder, "-q")
    assert ended.returncode == 1
    assert "1 failed, 1 passed, 1 skipped" in ended.stdout.splitlines()[-1]


def test_a_run_without_a_sum_is_a_failure(folder: Path) -> None:
    (folder / "conftest.py").write_text("import os\nos._exit(0)\n")
    ended = run(folder, "-q")
    assert ended.returncode == 1
    assert "before it could sum up" in ended.stdout


def put(folder: Path, part: str, text: str) -> None:
    """Put a test module where that part of the product has its tests."""
    place = folder / "tests" / part
    place.mkdir(parents=True)
    (place / "test_two.py").write_text(text)


def test_a_failure_among_browsers_and_servers_is_asked_again_alone_and_named(folder: Path) -> None:
    put(folder, "e2e", FAILS_ONCE)
    ended = run(folder, TWICE, "-q")
    assert ended.returncode == 0, ended.stdout
    assert "Unsteady: tests/e2e/test_two.py::test_needs_a_second_try" in ended.stdout
    assert "1 failed, 1 passed, 1 skipped" in ended.stdout.splitlines()[-1]


def test_what_fails_again_is_a_failure(folder: Path) -> None:
    put(folder, "e2e", "def test_fails():\n    assert False\n")
    assert run(folder, TWICE, "-q").returncode == 1


def test_what_computes_is_asked_once(folder: Path) -> None:
    put(folder, "simulation", FAILS_ONCE)
    assert run(folder, TWICE, "-q").returncode == 1


def test_many_failures_are_not_put_down_to_a_hurried_machine() -> None:
    failed = tuple(f"tests/e2e/test_a.py::test_{number}" for number in range(ASKED_AGAIN_MAX + 1))
    assert not deserve_time(failed)
    assert deserve_time(failed[:-1])
    assert not deserve_time((*failed[:2], "tests/core/domain/test_a.py::test_b"))
    assert not deserve_time(())
