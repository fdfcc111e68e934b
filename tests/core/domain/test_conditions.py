"""One word says whether a trader trades, and the reasons say why not."""

from dataclasses import replace

import pytest

from patriot_app.core.domain.conditions import Signs, Trading, condition_of
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
        ({"is_cold": True}, "degraded: Cold mode"),
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
