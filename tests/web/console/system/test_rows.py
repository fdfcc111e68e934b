"""The machinery in words."""

from datetime import timedelta
from decimal import Decimal

from patriot_app.core.domain.commands import CommandStatus
from patriot_app.core.queries.command_log import CommandLine
from patriot_app.core.queries.overview import Beat
from patriot_app.core.queries.system import JobState, LeaseOwner, Readiness
from patriot_app.web.console.system.rows import (
    COMMANDS,
    age_figure,
    command_row,
    daemon_row,
    job_row,
    warming,
)
from tests.web.console.read_models import ID, NOW


def make_beat(age_s: int) -> Beat:
    return Beat("trader-1", "all", "0.1.0", NOW, NOW, Decimal(age_s))


def test_a_daemon_that_has_not_beaten_for_fifteen_seconds_is_silent() -> None:
    assert daemon_row(make_beat(15), (), now=NOW).life == "running"
    assert daemon_row(make_beat(16), (), now=NOW).life == "late"


def test_a_daemon_shows_its_shards_and_when_their_leases_run_out() -> None:
    lease = LeaseOwner("trader-1", 16, NOW + timedelta(seconds=6), 9, 0)
    row = daemon_row(make_beat(1), (lease,), now=NOW)
    assert (row.shards, row.lease) == ("16", "runs out in 6 s")
    lost = LeaseOwner("trader-1", 16, NOW, 9, 3)
    assert daemon_row(make_beat(1), (lost,), now=NOW).lease == "3 expired"


def test_a_job_is_done_failed_or_running() -> None:
    done = JobState("sync_accounts", NOW, NOW, NOW, 0.42, "", 0)
    assert (job_row(done, now=NOW).id, job_row(done, now=NOW).state) == ("Sync accounts", "ok")
    running = JobState("sync_accounts", NOW, NOW, None, None, "", 0)
    assert job_row(running, now=NOW).state == "running"
    failed = JobState("sync_accounts", NOW, NOW, NOW, 0.4, "Bybit answered 503", 2)
    assert (job_row(failed, now=NOW).state, job_row(failed, now=NOW).took) == ("failed", "400 ms")


def test_the_bar_of_the_warm_up_adds_up() -> None:
    readiness = Readiness(100, 61, 0, None, None, ())
    assert [part.percent for part in warming(readiness)] == ["61.00%", "39.00%"]
    assert warming(Readiness(0, 0, 0, None, None, ())) == []


def test_an_old_age_is_marked() -> None:
    assert age_figure(Decimal("0.2"), old_s=10).text == "0 s"
    assert age_figure(Decimal(11), old_s=10).tone == "negative"
    assert age_figure(None).text == "—"


def test_a_command_says_what_it_is_about_and_who_asked() -> None:
    row = command_row(
        CommandLine(
            id=ID,
            type="ClosePosition",
            status=CommandStatus.FAILED,
            payload={"account_id": str(ID), "symbol": "BTCUSDT", "reason": "Asked for"},
            issued_by="Ada",
            surface="console",
            shard=1,
            claimed_by="trader-1",
            error="Nothing is open",
            created_at=NOW,
            completed_at=NOW + timedelta(milliseconds=250),
        ),
        now=NOW,
    )
    assert (row.title, row.detail) == ("Close position", "BTCUSDT …00000007 · Asked for")
    assert (row.by, row.answer, row.took) == ("Ada · console", "Nothing is open", "250 ms")
    assert set(COMMANDS) == {status.value for status in CommandStatus}
