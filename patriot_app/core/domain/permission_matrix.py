"""Read the matrix of `permissions.toml` once and refuse what it does not say clearly."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from patriot_app.core.domain.roles import STAFF_ROLES, Permission, Reach, Role

FILE = Path(__file__).with_name("permissions.toml")
STEP_UP, TWO_PERSONS = "step-up", "two persons"
ANYBODY, SIGNED_IN = "anybody", "signed_in"


@dataclass(frozen=True, slots=True)
class Grant:
    """One cell: how far a role may go with an action.

    Attributes:
        step_up: the password or a code must have been given within five minutes.
        two_persons: what one person proposes, another carries out.
    """

    reach: Reach
    step_up: bool = False
    two_persons: bool = False

    @property
    def conditions(self) -> int:
        """Return how many conditions it makes."""
        return self.step_up + self.two_persons

    def covers(self, reach: Reach) -> bool:
        """Tell whether it reaches so far."""
        return self.reach.width >= reach.width


@dataclass(frozen=True, slots=True)
class Action:
    """One row.

    Attributes:
        is_reserved: stands in the matrix, but nothing does it yet.
    """

    says: str
    grants: Mapping[Role, Grant]
    is_reserved: bool = False


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole file.

    Attributes:
        anybody: handlers that visitors may call, as `State.handler`.
        signed_in: handlers that everybody who is signed in may call; a handler's name alone
            stands for that handler of every state.
        routes: plain routes, as `METHOD /path`, with who may ask: "anybody", "signed_in" or
            permissions, of which one is enough.
        bot: acts in a chat, likewise; "signed_in" is who is connected with a person.
    """

    actions: Mapping[Permission, Action]
    anybody: frozenset[str]
    signed_in: frozenset[str]
    routes: Mapping[str, tuple[str, ...]]
    bot: Mapping[str, tuple[str, ...]]


class MatrixIsWrong(ValueError):
    """The file does not say clearly who may do what; nothing may start with it."""


def read_matrix(text: str) -> Matrix:
    """Parse the file's text.

    Raises:
        MatrixIsWrong: names what is missing, unknown or said twice.
    """
    told = tomllib.loads(text)
    if strange := set(told) - {"actions", "handlers", "routes", "bot"}:
        raise MatrixIsWrong(f"Unknown tables: {', '.join(sorted(strange))}")
    known = {item.value for item in Permission}
    if missing := known - set(told["actions"]):
        raise MatrixIsWrong(f"Not in the matrix: {', '.join(sorted(missing))}")
    if unknown := set(told["actions"]) - known:
        raise MatrixIsWrong(f"No such permission: {', '.join(sorted(unknown))}")
    actions = {Permission(name): _action(name, row) for name, row in told["actions"].items()}
    routes = {name: _callers(name, who) for name, who in told["routes"].items()}
    bot = {name: _callers(name, who) for name, who in told.get("bot", {}).items()}
    handlers = told["handlers"]
    return Matrix(
        actions=MappingProxyType(actions),
        anybody=frozenset(handlers[ANYBODY]),
        signed_in=frozenset(handlers[SIGNED_IN]),
        routes=MappingProxyType(routes),
        bot=MappingProxyType(bot),
    )


def _action(name: str, row: dict[str, Any]) -> Action:
    cells = {key: value for key, value in row.items() if key not in ("says", "reserved")}
    roles = {role.value for role in Role}
    if strange := set(cells) - roles:
        raise MatrixIsWrong(f"{name}: no such role: {', '.join(sorted(strange))}")
    if not str(row.get("says", "")).strip():
        raise MatrixIsWrong(f"{name}: does not say what it is")
    grants = {Role(role): _grant(name, str(cell)) for role, cell in cells.items()}
    customer = grants.get(Role.CUSTOMER)
    if customer is not None and customer.reach is not Reach.OWN:
        raise MatrixIsWrong(f"{name}: a customer may reach only what is his own")
    staff = [grant.step_up for role, grant in grants.items() if role in STAFF_ROLES]
    if len(set(staff)) > 1:
        raise MatrixIsWrong(f"{name}: step-up for some of the staff only")
    return Action(
        says=row["says"],
        grants=MappingProxyType(grants),
        is_reserved=bool(row.get("reserved", False)),
    )


def _grant(name: str, cell: str) -> Grant:
    reach, *conditions = [part.strip() for part in cell.split(",")]
    if reach not in set(Reach):
        raise MatrixIsWrong(f"{name}: unknown reach {reach!r}")
    if len(set(conditions)) < len(conditions) or set(conditions) - {STEP_UP, TWO_PERSONS}:
        raise MatrixIsWrong(f"{name}: unknown conditions in {cell!r}")
    return Grant(
        reach=Reach(reach),
        step_up=STEP_UP in conditions,
        two_persons=TWO_PERSONS in conditions,
    )


def _callers(name: str, who: list[str]) -> tuple[str, ...]:
    known = {ANYBODY, SIGNED_IN, *(item.value for item in Permission)}
    if not who or set(who) - known:
        raise MatrixIsWrong(f"{name}: unknown callers {who}")
    return tuple(who)


MATRIX = read_matrix(FILE.read_text("utf-8"))
