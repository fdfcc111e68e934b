"""One word says whether a trader trades, and the reasons say why not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from patriot_app.core.domain.conditions import Cause, Signs, Trading, condition_of, dated
from patriot_app.core.domain.halts import HaltLevel

WELL = Signs(
    database_silent_s=None,
    kill_file=None,
    is_stopped=False,
    is_cold=False,
    shards_held=4,
    shards_ready=4,
    accounts=10,
    streams=10,
)


def test_with_nothing_amiss_it_trades() -> None:
    found = condition_of(WELL)
    assert (found.trading, found.why, str(found)) == (Trading.TRADING, (), "trading")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"database_silent_s": 7.4}, "not trading: The database has not answered for 7 s"),
        ({"kill_file": HaltLevel.STOP_SENDING}, "not trading: The kill file says K4"),
        ({"is_stopped": True}, "not trading: A halt of the whole desk at K4"),
        ({"shards_held": 0, "shards_ready": 0}, "not trading: It holds no accounts"),
        ({"shards_ready": 0}, "not trading: Its accounts are being recovered"),
        ({"kill_file": HaltLevel.NO_ENTRIES}, "degraded: The kill file says K1: nothing opens"),
        (
            {"database_silent_s": 7.4, "database_problem": "it is read-only"},
            "not trading: The database has not answered for 7 s (it is read-only)",
        ),
        ({"is_cold": True}, "degraded: Cold mode"),
        ({"is_exhausted": True}, "degraded: Every database connection is taken"),
        (
            {"clock_doubts": [("bybit", "it differs from ours by +5.0 s")]},
            "degraded: The clock of bybit is in doubt",
        ),
        (
            {"breakers": [("binance orders", "most requests failed")]},
            "degraded: binance orders: most requests failed",
        ),
        ({"shards_ready": 3}, "degraded: 1 of 4 shards are being recovered"),
        ({"streams": 8}, "degraded: 2 of 10 accounts are read by REST"),
        (
            {"silences": [("binance (127.0.0.2)", 12.0)]},
            "degraded: binance (127.0.0.2) forbids requests for 12 s more",
        ),
    ],
)
def test_what_is_amiss_is_said(changes: dict[str, object], said: str) -> None:
    assert str(condition_of(replace(WELL, **changes))).startswith(said)  # type: ignore[arg-type]


def test_a_silent_database_hides_what_follows_from_it() -> None:
    found = condition_of(replace(WELL, database_silent_s=9.0, shards_held=0, shards_ready=0))
    assert len(found.why) == 1


def test_several_flaws_are_all_told() -> None:
    found = condition_of(replace(WELL, is_cold=True, streams=9))
    assert str(found).count(";") >= 1
    assert len(found.why) == 2


def test_a_reason_keeps_the_moment_it_was_first_seen() -> None:
    earlier, now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)
    found = condition_of(replace(WELL, is_cold=True, streams=9))
    shown = dated(found, {Cause.COLD_MODE: earlier}, now=now)
    assert [why.since for why in shown.why] == [earlier, now]
    assert "(since 03:04:05 UTC)" in str(shown)


def test_every_cause_but_a_missing_trader_can_be_seen() -> None:
    stops = condition_of(replace(WELL, database_silent_s=1.0, is_stopped=True))
    idle = condition_of(replace(WELL, shards_held=0, shards_ready=0))
    flaws = condition_of(
        replace(
            WELL,
            kill_file=HaltLevel.NO_ENTRIES,
            is_cold=True,
            shards_ready=3,
            streams=9,
            silences=[("binance", 1.0)],
            clock_doubts=[("bybit", "stepped")],
            breakers=[("binance reads", "open")],
            is_exhausted=True,
            maintenance=["Binance maintenance 12:00"],
        )
    )
    seen = {why.cause for condition in (stops, idle, flaws) for why in condition.why}
    assert seen == set(Cause) - {Cause.NO_TRADER}
