"""The runner of the tests sums up truthfully, or fails."""

import subprocess
import sys
from pathlib import Path

import pytest

from ops.home import CHECKOUT

ONE_OF_EACH = """
import pytest

def test_holds():
    assert True

@pytest.mark.skip(reason="to be counted")
def test_left_out():
    assert True
"""


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of a folder the way `make test` does."""
    command = [sys.executable, "-m", "ops.testing", "-c", str(folder / "pytest.ini")]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", *options, str(folder)],
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
