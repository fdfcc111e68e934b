"""Every transaction and every write to an exchange: a daemon may die before it and after it.

Named as the simulation names them: by the function of the product that opens the transaction, or by
the kind of write. What counts is the last effect that got out before the end.
"""

import ast
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import Any

from daemon.exchanges.raw_transport import RawTransport
from daemon.exchanges.transport import AiohttpTransport
from patriot_app.core import unit_of_work
from tests.simulation.callers import name_above
from tests.simulation.requests import WRITES, kind_of

DAEMON = Path(__file__).parents[2] / "daemon"
NOT_A_TRADER = frozenset({"audit", "paper_exchange", "telegram", "verify"})
"""Folders of the daemon whose transactions a trader does not open."""
Meet = Callable[[str], None]


def transactions(folder: Path = DAEMON) -> frozenset[str]:
    """Return every function of the daemon that opens a transaction, as `file.function`."""
    found: set[str] = set()
    for path in sorted(folder.rglob("*.py")):
        if NOT_A_TRADER.isdisjoint(path.relative_to(folder).parts):
            _Opening(path.stem, found).visit(ast.parse(path.read_text()))
    return frozenset(found)


class _Opening(ast.NodeVisitor):
    """Notes the innermost function around each `begin(...)`."""

    def __init__(self, module: str, found: set[str]) -> None:
        self._module = module
        self._found = found
        self._inside: list[str] = []

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._inside.append(node.name)
        self.generic_visit(node)
        self._inside.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id == "begin" and self._inside:
            self._found.add(f"{self._module}.{self._inside[-1]}")
        self.generic_visit(node)


def die_at(name: str, *, call: int) -> Meet:
    """Return what ends the process when it passes a place for the given time, from 1."""
    left = call

    def meet(passed: str) -> None:
        nonlocal left
        if passed != name:
            return
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return meet


def note_in(file: Path) -> Meet:
    """Return what writes down each place that is passed, once."""
    seen: set[str] = set()

    def meet(passed: str) -> None:
        if passed not in seen:
            seen.add(passed)
            with file.open("a") as out:
                out.write(f"{passed}\n")

    return meet


def watch(meet: Meet) -> None:
    """Let the process pass its places, from now on."""
    unit_of_work.new_session = _watched_sessions(unit_of_work.new_session, meet)  # type: ignore[assignment]
    for transport in (RawTransport, AiohttpTransport):
        transport.send = _watched_send(transport.send, meet)  # type: ignore[method-assign]


def _watched_sessions(
    new_session: Callable[..., Any], meet: Meet
) -> Callable[..., AbstractAsyncContextManager[Any]]:
    def opened(*, is_reserved: bool = False) -> AbstractAsyncContextManager[Any]:
        return _passed(new_session, name_above(_caller()), meet, is_reserved=is_reserved)

    return opened


@asynccontextmanager
async def _passed(
    new_session: Callable[..., Any], name: str, meet: Meet, *, is_reserved: bool
) -> AsyncIterator[Any]:
    meet(f"{name}.before")
    async with new_session(is_reserved=is_reserved) as session:
        yield session
    meet(f"{name}.after")


def _caller() -> FrameType:
    return sys._getframe(1)


def _watched_send(send: Callable[..., Any], meet: Meet) -> Any:
    @wraps(send)
    async def watched(transport: Any, request: Any, **named: Any) -> Any:
        kind = kind_of(request)
        if kind not in WRITES:
            return await send(transport, request, **named)
        meet(f"{kind}.before")
        response = await send(transport, request, **named)
        meet(f"{kind}.after")
        return response

    return watched
