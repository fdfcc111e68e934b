from uuid import UUID

import pytest

from patriot_app.core.domain import events
from patriot_app.core.domain.events import Event, OrderSkipped
from patriot_app.core.domain.notifications import (
    _RULES,
    CHANNEL_CONSOLE,
    CHANNEL_EMAIL,
    route,
)
from patriot_app.core.domain.permissions import Role

ACCOUNT = UUID(int=1)


def skipped(code: str) -> OrderSkipped:
    return OrderSkipped(
        account_id=ACCOUNT, symbol="BTCUSDT", reason_code=code, reason="Needs 507.50 USDT"
    )


def test_the_client_of_a_short_account_is_told_what_was_needed() -> None:
    notice = route(skipped("INSUFFICIENT_MARGIN"))
    assert notice is not None
    assert notice.is_for_client
    assert not notice.roles
    assert "Needs 507.50 USDT." in notice.body


@pytest.mark.parametrize("code", ["ALREADY_IN_POSITION", "NO_POSITION_TO_CLOSE", "PRICE_STALE"])
def test_what_is_nobodys_business_is_not_told(code: str) -> None:
    assert route(skipped(code)) is None


def test_a_missing_stop_wakes_the_traders() -> None:
    notice = route(events.PositionUnprotected(account_id=ACCOUNT, symbol="ETHUSDT", seconds=12))
    assert notice is not None
    assert Role.FUND_MANAGER in notice.roles
    assert notice.channels == (CHANNEL_CONSOLE, CHANNEL_EMAIL)
    assert notice.title == "ETHUSDT: a position has no stop"


def test_every_refusal_of_a_key_is_told_in_full() -> None:
    notice = route(
        events.CredentialRejected(
            account_id=ACCOUNT, masked_key="AB…YZ", reasons=("It can withdraw.", "It is too old.")
        )
    )
    assert notice is not None
    assert notice.body == "It can withdraw. It is too old."


def test_every_rule_names_an_event_that_exists() -> None:
    known = {
        name
        for name, value in vars(events).items()
        if isinstance(value, type) and issubclass(value, Event)
    }
    assert set(_RULES) <= known


def test_what_can_wait_stays_in_the_console() -> None:
    notice = route(skipped("INSUFFICIENT_MARGIN"))
    assert notice is not None
    assert notice.channels == (CHANNEL_CONSOLE,)
