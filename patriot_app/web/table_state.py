"""The state of a table: its address is the truth, a change of page, sort or filter is a redirect.

So a view can be shared and the back button works. A handler only rewrites the address; the page's
`on_load` then reads it and asks the query for one page of rows.
"""

import logging
from typing import Any

import reflex as rx

from patriot_app.core.errors import PatriotError
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.web import routes
from patriot_app.web.auth import Access, incident_id, requires

logger = logging.getLogger(__name__)

PAGE_SIZE = 25
SELECTED_MAX = 5_000
_RESERVED = frozenset({"page", "sort", "q", "id"})


class TableMixin(rx.State, mixin=True):
    """Page, sort, search, filters, selection and the open row.

    A subclass adds `rows`, names its filters in `_filter_names` and writes `load`:

        async def load(self):
            self._read_address()
            await self._load()
    """

    page: int = 1
    pages: int = 1
    total: int = 0
    sort: str = ""
    search: str = ""
    filters: dict[str, str] = {}
    filtered: bool = False
    loading: bool = True
    error: str = ""
    selected: list[str] = []
    open_id: str = ""

    _filter_names: tuple[str, ...] = ()

    @rx.event
    @requires(Access.SIGNED_IN)
    def go_to(self, page: int) -> Any:
        return self._show(page=str(max(1, page)))

    @rx.event
    @requires(Access.SIGNED_IN)
    def sort_by(self, key: str) -> Any:
        """Sort by a column; again: the other way round."""
        return self._show(sort=f"-{key}" if self.sort == key else key, page="")

    @rx.event
    @requires(Access.SIGNED_IN)
    def search_for(self, text: str) -> Any:
        self.search = text
        return self._show(q=text, page="")

    @rx.event
    @requires(Access.SIGNED_IN)
    def set_filter(self, name: str, value: str) -> Any:
        return self._show(page="", **{name: value}) if name in self._filter_names else None

    @rx.event
    @requires(Access.SIGNED_IN)
    def reset_filters(self) -> Any:
        self.search = ""
        return rx.redirect(self._path(), replace=True)

    @rx.event
    @requires(Access.SIGNED_IN)
    def open_row(self, row_id: str) -> Any:
        return self._show(id=row_id)

    @rx.event
    @requires(Access.SIGNED_IN)
    def close_row(self) -> Any:
        self.open_id = ""
        return self._show(id="")

    @rx.event
    @requires(Access.SIGNED_IN)
    def toggle_row(self, row_id: str) -> None:
        if row_id in self.selected:
            self.selected = [other for other in self.selected if other != row_id]
        elif len(self.selected) < SELECTED_MAX:
            self.selected = [*self.selected, row_id]

    @rx.event
    @requires(Access.SIGNED_IN)
    def toggle_page(self) -> None:
        """Tick all rows of this page, or clear them if all are ticked."""
        ids = [row.id for row in self._rows()]
        if set(ids) <= set(self.selected):
            self.selected = [other for other in self.selected if other not in set(ids)]
        else:
            self.selected = list(dict.fromkeys([*self.selected, *ids]))[:SELECTED_MAX]

    @rx.event
    @requires(Access.SIGNED_IN)
    def clear_selection(self) -> None:
        self.selected = []

    def _rows(self) -> list[Any]:
        return list(getattr(self, "rows", []))

    def _read_address(self) -> None:
        """Take page, sort, search, filters and the open row from the address."""
        query = self._query()
        self.page = int(query["page"]) if query.get("page", "").isdecimal() else 1
        self.page = max(1, min(self.page, 1_000_000))
        self.sort = query.get("sort", "")
        self.search = query.get("q", "")[:200]
        self.filters = {name: query.get(name, "")[:100] for name in self._filter_names}
        self.filtered = bool(self.search or any(self.filters.values()))
        self.open_id = query.get("id", "")

    def _page_request(self) -> PageRequest:
        """Return what the query is asked for."""
        return PageRequest(
            page=self.page,
            size=PAGE_SIZE,
            sort=self.sort.removeprefix("-"),
            descending=self.sort.startswith("-"),
            search=self.search,
            filters={name: value for name, value in self.filters.items() if value},
        )

    def _accept(self, page: Page[Any], rows: list[Any]) -> None:
        """Show one page of rows; what did not change is not sent again."""
        if rows != self._rows():
            self.rows = rows
        if (self.total, self.pages) != (page.total, page.pages):
            self.total, self.pages = page.total, page.pages
        self.loading, self.error = False, ""

    def _reject(self, error: Exception) -> None:
        """Show that loading failed; rows that stand stay."""
        self.loading = False
        if isinstance(error, PatriotError):
            self.error = str(error)
            return
        incident = incident_id()
        logger.exception("A table did not load", exc_info=error, extra={"incident": incident})
        self.error = f"Something went wrong on our side. Incident {incident}"

    def _query(self) -> dict[str, str]:
        return {str(name): str(value) for name, value in self.router.url.query_parameters.items()}

    def _path(self) -> str:
        return routes.bare(str(self.router.url.path))

    def _show(self, **changes: str) -> Any:
        kept = {
            name: value
            for name, value in self._query().items()
            if name in _RESERVED or name in self._filter_names
        }
        return rx.redirect(routes.with_query(self._path(), **{**kept, **changes}), replace=True)
