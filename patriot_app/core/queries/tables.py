"""One page of a table from the parts of its statement.

Sort keys and filters come from whitelists, values are always bound, and no filter that is not asked
for appears in the statement, so that PostgreSQL plans with what is really there.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import Invalid
from patriot_app.core.queries.page import PageRequest, order_by

T = TypeVar("T")
AnyRow = Row[*tuple[Any, ...]]
COUNT_MAX = 10_000
"""Rows are counted up to here: nobody turns to page 400, and counting on would be slow."""


@dataclass(frozen=True, slots=True)
class Table:
    """The parts of a table's statement.

    Attributes:
        columns: what is selected.
        source: FROM body with everything that columns, filters and sorts name.
        counted: FROM body that is enough for counting; "" means `source`.
        counted_plain: FROM body that is enough when nothing is filtered or searched.
        newest: sort key whose descending order is `default`, which an index gives as it stands.
        filters: condition per filter key; its value is bound as the key's name, as an id where
            the name ends in _id.
        search: condition on `:pattern` (ILIKE) and `:search` (the text itself).
        sorts: expression per sort key.
        default: ORDER BY body without a request and tie-breaker; ends in something unique.
        always: condition that always holds.
    """

    columns: str
    source: str
    default: str
    sorts: Mapping[str, str]
    filters: Mapping[str, str] = field(default_factory=dict)
    search: str = ""
    counted: str = ""
    counted_plain: str = ""
    newest: str = ""
    always: str = ""


async def fetch(
    session: AsyncSession,
    table: Table,
    request: PageRequest,
    *,
    bound: Mapping[str, Any] | None = None,
) -> tuple[list[AnyRow], int]:
    """Return the rows of a page and how many there are, up to COUNT_MAX.

    Args:
        bound: values for placeholders that `source` or `always` name.

    Raises:
        Invalid: a sort key or a filter that the table does not have.
    """
    conditions, values = _conditions(table, request)
    values.update(bound or {})
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    # Only whitelisted expressions of ours stand in these texts; every value is bound.
    order = table.default
    if not (request.descending and request.sort and request.sort == table.newest):
        order = order_by(request, table.sorts, default=table.default)
    rows = await session.execute(
        text(
            f"SELECT {table.columns} FROM {table.source}{where}"  # noqa: S608
            f" ORDER BY {order}"
            " LIMIT :row_limit OFFSET :row_offset"
        ),
        {**values, "row_limit": request.limit, "row_offset": request.offset},
    )
    found = list(rows.all())
    if request.page == 1 and len(found) < request.limit:
        return found, len(found)
    source = table.counted or table.source
    if not where and table.counted_plain:
        source = table.counted_plain
    counted = await session.execute(
        text(
            f"SELECT count(*) FROM (SELECT 1 FROM {source}{where}"  # noqa: S608
            " LIMIT :count_max) AS counted"
        ),
        {**values, "count_max": COUNT_MAX},
    )
    return found, int(counted.scalar_one())


def _conditions(table: Table, request: PageRequest) -> tuple[list[str], dict[str, Any]]:
    conditions = [table.always] if table.always else []
    values: dict[str, Any] = {}
    for name, value in request.filters.items():
        if name not in table.filters:
            raise Invalid({"filter": f"must be one of {', '.join(sorted(table.filters))}"})
        if value:
            conditions.append(f"({table.filters[name]})")
            values[name] = _typed(name, value)
    if request.search.strip() and table.search:
        conditions.append(f"({table.search})")
        values["search"] = request.search.strip()
        values["pattern"] = f"%{escape_like(request.search.strip())}%"
        values = {key: value for key, value in values.items() if _is_used(key, conditions)}
    return conditions, values


def narrowed(request: PageRequest, actor: Actor) -> PageRequest:
    """Return a client's request with himself as its filter `client_id`.

    Row-level security hides the others' rows anyway; the filter lets an index find his own.
    """
    if actor.is_staff or actor.user_id is None:
        return request
    return replace(request, filters={**request.filters, "client_id": str(actor.user_id)})


def build(kind: Callable[..., T], values: Iterable[Any], **more: Any) -> T:
    """Return a read model from the columns of a row, in the order of its fields."""
    return kind(*values, **more)


def _typed(name: str, value: str) -> str | UUID:
    """Return an id as an id, so that its index is used and nonsense is refused."""
    if not name.endswith("_id"):
        return value
    try:
        return UUID(value)
    except ValueError as error:
        raise Invalid({"filter": f"{name} must be an id"}) from error


def escape_like(given: str) -> str:
    """Return text whose wildcards stand for themselves in LIKE."""
    return given.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _is_used(key: str, conditions: list[str]) -> bool:
    return any(f":{key}" in condition for condition in conditions)
