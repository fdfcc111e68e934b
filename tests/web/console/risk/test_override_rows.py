from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from patriot_app.core.queries.events import EventView
from patriot_app.core.queries.risk import LimitView
from patriot_app.web.console.risk.override_rows import limit_entries, override_rows

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACCOUNT, CLIENT, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)


def limit(scope: str, scope_id: str, *, hours: int | None = 3) -> LimitView:
    return LimitView(
        id=UUID(int=9),
        scope=scope,
        scope_id=scope_id,
        subject="" if scope == "desk" else f"{scope} of Ada",
        name="leverage",
        value=Decimal(20),
        reason="Hedge runs off",
        set_by="Olga",
        set_at=NOW,
        expires_at=None if hours is None else NOW + timedelta(hours=hours),
        is_override=hours is not None,
    )


def event(kind: str, **payload: str | None) -> EventView:
    told = {"name": "leverage", "value": "20", "reason": "Hedge runs off"} | payload
    return EventView(UUID(int=1), "risk", 1, kind, "notice", "Olga", "console", None, NOW, told)


def test_overrides_of_the_account_its_client_and_the_desk_reach_it() -> None:
    rows = override_rows(
        [
            limit("account", str(ACCOUNT)),
            limit("client", str(CLIENT)),
            limit("desk", ""),
            limit("account", str(OTHER)),
            limit("account", str(ACCOUNT), hours=None),
        ],
        account_id=ACCOUNT,
        client_id=CLIENT,
        now=NOW,
    )
    assert [row.whose for row in rows] == ["account of Ada", "client of Ada", "The whole desk"]
    assert (rows[0].value.text, rows[0].left) == ("20×", "3 h left")
    assert rows[0].reason == "Olga: Hedge runs off"


def test_the_history_tells_figures_ends_and_reasons() -> None:
    entries = limit_entries(
        [
            event("LimitOverrideEnded", reason="It expired"),
            event("LimitOverridden", expires_at="2026-03-01T15:00:00+00:00"),
            event("LimitSet", previous="10"),
            event("LimitSet", value=None, previous="10"),
            event("LimitSet", previous=None),
        ],
        now=NOW,
    )
    assert [entry.title for entry in entries] == [
        "Override of Leverage over: it was 20×",
        "Leverage overridden: 20× until 2026-03-01 15:00 UTC",
        "Leverage: 20×, before 10×",
        "Leverage: cleared, before 10×",
        "Leverage: 20×",
    ]
    assert entries[0].detail == "Olga · It expired"
