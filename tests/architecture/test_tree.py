"""What the import contracts cannot see: sizes, clocks, floats, states, and who needs Reflex."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("patriot_app", "daemon", "ops")
MODULE_LINES_MAX = 300
FUNCTION_LINES_MAX = 50
LISTS = {"patriot_app/core/domain/events/__init__.py"}
"""Modules that only list names of others, however many there are."""
WITH_FLOATS = {"indicators.py", "value_at_risk.py"}
_BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {names}:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Blocked())
import {module}
"""


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def names(paths: Iterator[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function without its signature and docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize(
    ("module", "blocked"),
    [
        ("daemon.app", {"reflex", "fastapi"}),
        ("daemon.verify.__main__", {"reflex", "fastapi"}),
        ("daemon.paper_exchange.__main__", {"reflex", "ccxt", "patriot_app", "sqlalchemy"}),
        ("patriot_app.patriot_app", {"ccxt", "aiogram", "apscheduler", "daemon"}),
    ],
)
def test_a_process_starts_without_the_other_ones_packages(module: str, blocked: set[str]) -> None:
    code = _BLOCKED.format(names=blocked, module=module)
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_the_package_that_the_daemon_shares_with_the_web_is_empty() -> None:
    assert (ROOT / "patriot_app" / "__init__.py").read_text() == ""
    assert not (ROOT / "alembic" / "__init__.py").exists()
    assert not (ROOT / "__init__.py").exists()


@pytest.mark.parametrize("path", names(sources(*PACKAGES)))
def test_modules_and_functions_stay_readable(path: str) -> None:
    text = (ROOT / path).read_text()
    assert path in LISTS or len(text.splitlines()) <= MODULE_LINES_MAX
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert body_lines(node) <= FUNCTION_LINES_MAX, node.name


@pytest.mark.parametrize("path", names(sources("patriot_app/core")))
def test_no_float_touches_money(path: str) -> None:
    if Path(path).name in WITH_FLOATS or "/strategies/" in path:
        return
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        is_float = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "float"
        assert not is_float, f"line {getattr(node, 'lineno', 0)}"


@pytest.mark.parametrize("path", names(sources("patriot_app/core/services")))
def test_a_status_is_set_through_its_transition_table_only(path: str) -> None:
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if not isinstance(node, ast.Assign):
            continue
        sets_status = any(getattr(target, "attr", "") == "status" for target in node.targets)
        called = getattr(getattr(node.value, "func", None), "id", "")
        assert not sets_status or called == "advance", f"line {node.lineno}"


@pytest.mark.parametrize("path", names(sources("daemon/execution", "daemon/jobs")))
def test_the_execution_path_reads_no_clock_and_no_chance_of_its_own(path: str) -> None:
    forbidden = {"time", "random", "threading", "secrets"}
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            assert not forbidden & {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] not in forbidden
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"utcnow", "now"} or not _is_datetime(node), node.lineno


def _is_datetime(node: ast.Attribute) -> bool:
    return getattr(node.value, "id", "") in {"datetime", "date"}


@pytest.mark.parametrize(
    "path",
    names(sources("patriot_app/core/domain", "patriot_app/core/services", "daemon/execution")),
)
def test_ids_and_pauses_come_from_outside_too(path: str) -> None:
    """`uow.now`, `context.clock` and `core.ids` are the only sources; a turn of the loop is free."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Attribute | ast.Name):
            name = node.attr if isinstance(node, ast.Attribute) else node.id
            assert name not in {"uuid1", "uuid4", "urandom", "to_thread"}, f"line {node.lineno}"
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "asyncio.sleep":
            assert ast.unparse(node.args[0]) == "0", f"line {node.lineno}"


@pytest.mark.parametrize("path", names(sources("patriot_app/core", "daemon")))
def test_no_record_of_ours_gets_a_state_but_by_advance(path: str) -> None:
    if path.startswith("daemon/paper_exchange/"):
        return
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Assign):
            named = {getattr(target, "attr", "") for target in node.targets}
            called = getattr(getattr(node.value, "func", None), "id", "")
            assert not named & {"state", "status"} or called == "advance", f"line {node.lineno}"
