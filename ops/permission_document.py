"""Write the permission matrix as a page that people read: `python -m ops.permission_document`."""

from collections.abc import Iterator
from pathlib import Path

from patriot_app.core.domain.permission_matrix import MATRIX, Action, Grant, Matrix
from patriot_app.core.domain.roles import Role

PAGE = Path(__file__).parents[1] / "docs" / "permissions.md"
_HEAD = """\
# Who may do what

Made from `patriot_app/core/domain/permissions.toml` by `python -m ops.permission_document`; edit that file, not this page. What no cell grants is denied, at every event of the console, every plain route and every download, looked up in the database each time.

Roles add up: of the cells that reach far enough the one with the fewest conditions decides. **own** reaches the person's own records; **masked** everybody's without personal data in clear; **account** one account or client; **strategy** also all accounts of one strategy; **all** the desk. † asks for the password or a code given within the last five minutes. ‡ takes two persons; on a desk of one (`PATRIOT_FOUR_EYES=off`) the proposer carries it out himself, marked *solo* in the record. An API key's secret is shown to nobody, so it has no row.
"""


def document(matrix: Matrix) -> str:
    """Return the whole page."""
    return "\n".join(
        [_HEAD, *_actions(matrix), "", *_open(matrix), "", *_routes(matrix), "", *_bot(matrix), ""]
    )


def _actions(matrix: Matrix) -> Iterator[str]:
    yield f"| action | permission | {' | '.join(_words(role.value) for role in Role)} |"
    yield "|---" * (len(Role) + 2) + "|"
    for permission, action in matrix.actions.items():
        cells = " | ".join(_cell(action.grants.get(role)) for role in Role)
        yield f"| {_says(action)} | `{permission.value}` | {cells} |"


def _open(matrix: Matrix) -> Iterator[str]:
    yield "## Needing no particular permission"
    yield ""
    yield "They show or change only what the person's own tab already holds."
    yield ""
    yield f"* Anybody: {_list(matrix.anybody)}."
    yield f"* Whoever is signed in: {_list(matrix.signed_in)}."


def _routes(matrix: Matrix) -> Iterator[str]:
    yield "## Plain routes"
    yield ""
    yield "| route | who |"
    yield "|---|---|"
    for route, callers in sorted(matrix.routes.items()):
        yield f"| `{route}` | {' or '.join(_words(one) for one in callers)} |"


def _bot(matrix: Matrix) -> Iterator[str]:
    yield "## In a chat"
    yield ""
    yield "Signed in is here a Telegram account that is connected with a person."
    yield ""
    yield "| act | who |"
    yield "|---|---|"
    for act, callers in sorted(matrix.bot.items()):
        yield f"| `{act}` | {' or '.join(_words(one) for one in callers)} |"


def _says(action: Action) -> str:
    return f"{action.says} (nothing does this yet)" if action.is_reserved else action.says


def _cell(grant: Grant | None) -> str:
    if grant is None:
        return "–"
    return grant.reach.value + "†" * grant.step_up + "‡" * grant.two_persons


def _list(names: frozenset[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def _words(name: str) -> str:
    return f"`{name}`" if ":" in name else name.replace("_", " ")


if __name__ == "__main__":
    PAGE.write_text(document(MATRIX), "utf-8")
