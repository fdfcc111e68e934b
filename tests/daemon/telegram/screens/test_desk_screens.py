"""What members of the desk read in their chats, each as far as his roles go."""

import pytest

from tests.bot_api.desk import Desk, desk
from tests.daemon.telegram.people import chatter, invested, member
from tests.factories.rows import DaemonRows, make_deployment, make_version

__all__ = ["desk"]

DENIED = "You may not do this. Ask an administrator of the desk for the role."
COMMANDS = ("status", "table", "clients", "exposure", "fanouts", "keys", "fees", "health")


async def test_the_desk_is_read_command_by_command(desk: Desk, rows: DaemonRows) -> None:
    _, first, _ = await invested(desk, rows, 821)
    for exchange in ("binance", "bybit"):
        rows.instrument(exchange=exchange)
    version = await make_version()
    deployment = await make_deployment([first], version_id=version)
    signal = rows.signal(deployment, version)
    rows.fan_out_account(signal, first, decision="skipped", reason_code="insufficient_margin")
    olga = await member(desk, 822, "admin", "fund_manager")
    told = await olga.says(desk, "/status")
    assert "Desk" in told
    assert "Equity:" in told
    assert "Main" in await olga.presses(desk, "Table")
    assert "BTCUSDT net +" in await olga.says(desk, "/exposure")
    told = await olga.says(desk, "/fanouts")
    assert "open_long BTCUSDT at 50,000" in told
    assert "insufficient_margin" in await olga.presses(desk, "1")
    assert "Keys ·" in await olga.says(desk, "/keys")
    assert "Open invoices: 0" in await olga.says(desk, "/fees")
    assert "Accounts ready:" in await olga.says(desk, "/health")
    assert "Ada" in await olga.says(desk, "/clients Ada")
    assert "No client matches nobody-of-this-name" in await olga.says(
        desk, "/clients nobody-of-this-name"
    )


async def test_the_desks_course_is_shown_to_who_works_there(desk: Desk, rows: DaemonRows) -> None:
    await invested(desk, rows, 846)
    olga = await member(desk, 848, "admin")
    told = await olga.says(desk, "/daily")
    assert "Performance · Day" in told
    assert "Profit:" in told
    assert "Table" in olga.person.newest().buttons
    assert "connected with you" in await olga.says(desk, "/whoami")
    assert "desk's pages" in await olga.says(desk, "/web")


async def test_customers_read_nothing_of_the_desk(desk: Desk) -> None:
    ada = await chatter(desk, 823)
    for command in COMMANDS:
        assert await ada.says(desk, f"/{command}") == DENIED


@pytest.mark.parametrize("command", COMMANDS)
async def test_strangers_are_told_to_connect(desk: Desk, command: str) -> None:
    assert "connect the chat first" in await desk.says(desk.person(824), f"/{command}")


async def test_a_role_that_was_taken_away_counts_at_once(desk: Desk) -> None:
    olga = await member(desk, 825, "admin")
    await olga.says(desk, "/status")
    desk.server.execute(
        f"UPDATE users SET roles = '{{customer}}' WHERE id = '{olga.user_id}'",
        database=desk.database,
    )
    assert "You may not see this" in await olga.presses(desk, "Exposure")
