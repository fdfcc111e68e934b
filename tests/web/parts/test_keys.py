"""What a key may do, in words."""

from collections.abc import Mapping
from datetime import timedelta

from patriot_app.core.domain.egress import parse_addresses
from patriot_app.core.queries.accounts import KeyView
from patriot_app.web.parts.keys import bind_text, chips, expiry_chip, key_row
from tests.web.console.read_models import ID, NOW

SOUND = {
    "can_read": True,
    "can_trade": True,
    "can_move_money": False,
    "is_ip_bound": True,
    "is_one_way": True,
}


def texts(permissions: Mapping[str, object]) -> dict[str, str]:
    return {chip.text: chip.tone for chip in chips(permissions, expires_at=None, now=NOW)}


def test_a_sound_key_has_no_warning() -> None:
    assert set(texts(SOUND).values()) == {"positive", "neutral"}


def test_a_key_that_can_move_money_is_marked() -> None:
    assert texts({**SOUND, "can_move_money": True})["Can move money"] == "danger"


def test_a_right_that_the_exchange_did_not_name_counts_as_the_worse() -> None:
    shown = texts({"can_read": True})
    assert shown["Can move money"] == "danger"
    assert shown["Cannot trade"] == "danger"
    assert shown["Any address"] == "warning"


def test_nothing_is_said_of_a_key_before_the_exchange_was_asked() -> None:
    assert chips({}, expires_at=None, now=NOW) == []


def test_a_key_that_ends_within_two_weeks_is_marked() -> None:
    assert expiry_chip(NOW + timedelta(days=13), now=NOW).tone == "warning"
    assert expiry_chip(NOW + timedelta(days=15), now=NOW).tone == "neutral"
    assert expiry_chip(NOW, now=NOW).text == "Expired"


def test_a_refused_key_keeps_each_reason() -> None:
    key = KeyView(
        id=ID,
        status="rejected",
        masked_key="abcd…wxyz",
        created_at=NOW,
        checked_at=NOW,
        expires_at=None,
        rejection=("It can withdraw.", "It has expired."),
        permissions={},
        consent="",
    )
    row = key_row(key, now=NOW)
    assert row.reasons == ["It can withdraw.", "It has expired."]
    assert row.expires == "Never"


def test_the_address_is_told_before_a_key_is_entered() -> None:
    addresses = parse_addresses("10.0.0.2=203.0.113.2, 203.0.113.3")
    assert bind_text(addresses).startswith("Bind the key to 203.0.113.2, 203.0.113.3 before")
    assert bind_text(addresses, local="10.0.0.2") == (
        "Bind the key to 203.0.113.2: its orders leave from there."
    )
    assert "Ask the desk" in bind_text(())
