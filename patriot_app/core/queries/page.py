"""One page of a table: what was asked for and what came back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from patriot_app.core.errors import Invalid

T = TypeVar("T")
PAGE_SIZE_MAX = 200


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What a table asks for.

    Attributes:
        page: from 1.
        sort: a key of the query's whitelist, or "" for its default.
        filters: value per filter key of the query's whitelist.
    """

    page: int = 1
    size: int = 25
    sort: str = ""
    descending: bool = False
    search: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.limit

    @property
    def limit(self) -> int:
        return max(1, min(self.size, PAGE_SIZE_MAX))


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows of one page and how many there are in all."""

    items: tuple[T, ...]
    total: int
    page: int
    size: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


def order_by(request: PageRequest, whitelist: Mapping[str, str], *, default: str) -> str:
    """Return an ORDER BY body; only whitelisted SQL expressions ever reach the statement.

    Args:
        whitelist: SQL expression per sort key.
        default: ORDER BY body without a request; also the tie-breaker.

    Raises:
        Invalid: unknown sort key.
    """
    if not request.sort:
        return default
    if request.sort not in whitelist:
        raise Invalid({"sort": f"must be one of {', '.join(sorted(whitelist))}"})
    direction = "DESC" if request.descending else "ASC"
    return f"{whitelist[request.sort]} {direction} NULLS LAST, {default}"
