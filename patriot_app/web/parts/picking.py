"""Ticking rows of a table inside a dialog, apart from the page's own table."""

import reflex as rx

from patriot_app.web.auth import Access, requires

PICKED_MAX = 5_000


class PickMixin(rx.State, mixin=True):
    """The ticked rows of a dialog's table; a page says in `_pickable` which rows there are."""

    picked: list[str] = []

    @rx.event
    @requires(Access.SIGNED_IN)
    def pick(self, row_id: str) -> None:
        """Tick a row; again: clear it."""
        if row_id in self.picked:
            self.picked = [other for other in self.picked if other != row_id]
        elif row_id in self._pickable() and len(self.picked) < PICKED_MAX:
            self.picked = [*self.picked, row_id]

    @rx.event
    @requires(Access.SIGNED_IN)
    def pick_all(self) -> None:
        """Tick every row that is shown, or clear them if all are ticked."""
        shown = self._pickable()
        if set(shown) <= set(self.picked):
            self.picked = [other for other in self.picked if other not in set(shown)]
        else:
            self.picked = list(dict.fromkeys([*self.picked, *shown]))[:PICKED_MAX]

    def _pickable(self) -> list[str]:
        return []
