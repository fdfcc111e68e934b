"""What is done from a chat: asked twice, by the same services, and never by mistake."""

import re

from sqlalchemy import text

from patriot_app.core.domain.notification_preferences import Channel, NoticeKind
from patriot_app.core.ids import new_id
from patriot_app.core.queries import notification_preferences
from patriot_app.core.services import accounts
from patriot_app.core.unit_of_work import begin
from tests.bot_api.desk import Desk, desk
from tests.daemon.telegram.people import Chatter, chatter, invested, member
from tests.factories.rows import OPERATOR, DaemonRows, customer, make_deployment

__all__ = ["desk"]

WRONG = "This is not the code that was shown, or its time is over. Nothing was done."
NOT_PROVED = "Nothing was done: the desk's page has not seen your proof since I asked."


async def value(statement: str, **bound: object) -> object:
    async with begin(OPERATOR) as uow:
        return (await uow.session.execute(text(statement), bound)).scalar_one_or_none()


async def halts_in_force() -> object:
    return await value("SELECT count(*) FROM halts WHERE lifted_at IS NULL")


def code_in(told: str) -> str:
    [code] = re.findall(r"[A-Z]{4,12} \d{4}", told)
    return str(code)


def proves_it(desk: Desk, who: Chatter) -> None:
    """Confirm the identity on the page, as its form does."""
    desk.server.execute(
        "UPDATE sessions SET stepped_up_at = clock_timestamp()"
        f" WHERE user_id = '{who.user_id}' AND ended_at IS NULL",
        database=desk.database,
    )


def lift_everything(desk: Desk) -> None:
    desk.server.execute(
        "UPDATE halts SET lifted_at = now() WHERE lifted_at IS NULL", database=desk.database
    )


async def test_a_client_pauses_his_account_and_starts_it_again(
    desk: Desk, rows: DaemonRows
) -> None:
    ada, first, _ = await invested(desk, rows, 841)
    status = "SELECT status FROM accounts WHERE id = :id"
    await ada.says(desk, "/pause")
    assert "Pause Main?" in await ada.presses(desk, "Main")
    await ada.presses(desk, "Cancel")
    assert await value(status, id=first) == "active"
    await ada.presses(desk, "Main")
    assert "Main is paused" in await ada.presses(desk, "Yes, pause")
    assert await value(status, id=first) == "suspended"
    assert (
        await value(
            "SELECT surface FROM events WHERE stream = :stream ORDER BY sequence DESC LIMIT 1",
            stream=f"account:{first}",
        )
        == "bot"
    )
    await ada.says(desk, "/resume")
    await ada.presses(desk, "Main")
    assert "Main trades again" in await ada.presses(desk, "Yes, resume")
    assert await value(status, id=first) == "active"


async def test_what_the_desk_has_stopped_its_client_cannot_start(
    desk: Desk, rows: DaemonRows
) -> None:
    ada, first, _ = await invested(desk, rows, 842)
    await ada.says(desk, f"/pause {first}")
    await ada.presses(desk, "Yes, pause")
    async with begin(OPERATOR) as uow:
        await accounts.suspend(uow, first, reason="Documents missing")
    await ada.says(desk, f"/resume {first}")
    await ada.presses(desk, "Yes, resume")
    assert "was not paused by you" in desk.api.chats.acknowledged[-1][1]
    assert await value("SELECT status FROM accounts WHERE id = :id", id=first) == "suspended"


async def test_a_halt_takes_a_reason_and_a_typed_code(desk: Desk, rows: DaemonRows) -> None:
    await invested(desk, rows, 843)
    olga = await member(desk, 844, "admin")
    assert "Choose, or write" in await olga.says(desk, "/halt")
    told = await olga.presses(desk, "The whole desk")
    assert "Accounts that could trade:" in told
    assert "Positions that stay, with their stops:" in told
    code = code_in(await olga.presses(desk, "Precaution"))
    assert await halts_in_force() == 0
    assert "Halted." in await olga.says(desk, code.lower())
    assert await halts_in_force() == 1
    assert await olga.says(desk, code) == WRONG, "a code is good once"
    lift_everything(desk)


async def test_one_wrong_try_uses_a_code_up(desk: Desk) -> None:
    olga = await member(desk, 845, "admin")
    await olga.says(desk, "/halt binance")
    code = code_in(await olga.presses(desk, "The market"))
    wrong = f"HALT {(int(code[-4:]) + 1) % 10_000:04d}"
    assert await olga.says(desk, wrong) == WRONG
    assert await olga.says(desk, code) == WRONG
    assert await halts_in_force() == 0


async def test_time_out_means_no(desk: Desk) -> None:
    olga = await member(desk, 846, "admin")
    await olga.says(desk, "/reduceonly desk")
    code = code_in(await olga.presses(desk, "The exchange"))
    desk.server.execute(
        "UPDATE telegram_questions SET expires_at = now() - interval '1 second'"
        " WHERE telegram_id = 846",
        database=desk.database,
    )
    assert await olga.says(desk, code) == WRONG
    assert await halts_in_force() == 0


async def test_a_code_is_its_own_persons_and_for_its_own_act(desk: Desk) -> None:
    olga, oleg = await member(desk, 847, "admin"), await member(desk, 848, "admin")
    await olga.says(desk, "/halt desk")
    code = code_in(await olga.presses(desk, "Precaution"))
    assert await oleg.says(desk, code) == WRONG
    assert await olga.says(desk, code.replace("HALT", "REDUCEONLY")) == WRONG
    assert await halts_in_force() == 0


async def test_a_role_that_was_taken_away_stops_the_second_step(desk: Desk) -> None:
    olga = await member(desk, 849, "admin")
    await olga.says(desk, "/reduceonly desk")
    code = code_in(await olga.presses(desk, "Precaution"))
    desk.server.execute(
        f"UPDATE users SET roles = '{{customer}}' WHERE id = '{olga.user_id}'",
        database=desk.database,
    )
    assert "You may not do this" in await olga.says(desk, code)
    assert await halts_in_force() == 0


async def test_closing_positions_takes_a_fresh_proof_on_the_page(
    desk: Desk, rows: DaemonRows
) -> None:
    _, first, _ = await invested(desk, rows, 851)
    for exchange in ("binance", "bybit"):
        rows.instrument(exchange=exchange)
    name = f"Closing {new_id()}"
    deployment = await make_deployment([first], name=name)
    strategy = await value(
        "SELECT v.strategy_id FROM deployments AS d JOIN strategy_versions AS v"
        " ON v.id = d.version_id WHERE d.id = :id",
        id=deployment,
    )
    olga = await member(desk, 852, "fund_manager")
    told = await olga.says(desk, f"/flatten strategy {strategy}")
    assert "Positions that are closed at market:" in told
    assert "prove that it is you" in await olga.presses(desk, "Precaution")
    await olga.presses(desk, "I have proved it: go on")
    assert desk.api.chats.acknowledged[-1][1].startswith(NOT_PROVED)
    assert await halts_in_force() == 0
    proves_it(desk, olga)
    assert "positions are closing" in await olga.presses(desk, "I have proved it: go on")
    assert await value("SELECT level FROM halts WHERE lifted_at IS NULL") == 3
    lift_everything(desk)


async def test_closing_the_whole_desk_is_sent_to_the_page_where_two_decide(desk: Desk) -> None:
    olga = await member(desk, 853, "admin")
    assert "takes two persons" in await olga.says(desk, "/flatten desk")
    assert set(olga.person.newest().buttons) == {"‹ Back"}


async def test_trading_goes_on_after_a_proof(desk: Desk) -> None:
    olga = await member(desk, 854, "admin")
    await olga.says(desk, "/reduceonly bybit")
    await olga.says(desk, code_in(await olga.presses(desk, "Precaution")))
    assert await halts_in_force() == 1
    assert "Halts in force · 1" in await olga.says(desk, "/resume")
    assert "trade again?" in await olga.presses(desk, "1")
    await olga.presses(desk, "Let it trade again")
    proves_it(desk, olga)
    assert "lifted or lowered" in await olga.presses(desk, "I have proved it: go on")
    assert await halts_in_force() == 0


async def test_customers_act_on_nothing_of_the_desk(desk: Desk) -> None:
    ada = await chatter(desk, 855)
    for command in ("halt", "reduceonly", "flatten", "ack"):
        assert "You may not do this" in await ada.says(desk, f"/{command} desk")


async def test_names_that_mean_nothing_or_too_much_are_refused(desk: Desk) -> None:
    olga = await member(desk, 856, "admin")
    assert "There is no strategy, client or account zzz" in await olga.says(desk, "/halt zzz")


async def test_an_incident_is_seen_to_once(desk: Desk) -> None:
    olga = await member(desk, 857, "admin")
    desk.server.execute(
        "INSERT INTO incidents (id, kind, subject_key, state, title, detail, opened_at, seen_until)"
        f" VALUES ('{new_id()}', 'parked', '', 'open', 'Accounts are parked', 'Two', now(), now())",
        database=desk.database,
    )
    assert "Accounts are parked" in await olga.says(desk, "/ack")
    assert "You see to it" in await olga.presses(desk, "✓ 1")
    assert "Somebody sees to every open incident" in olga.person.sees()[-1]


async def test_settings_change_the_language_the_amounts_and_the_classes(
    desk: Desk, rows: DaemonRows
) -> None:
    ada, _, _ = await invested(desk, rows, 858)
    assert "Language: English" in await ada.says(desk, "/settings")
    await ada.presses(desk, "🔔 Trades")
    assert "🕶 Trades" in ada.person.newest().buttons
    await ada.presses(desk, "Amounts")
    assert "Amounts: hidden" in ada.person.sees()[-1]
    assert "Quiet hours: 22:00–08:00 UTC" in await ada.presses(desk, "Quiet hours")
    assert "Digest: daily" in await ada.presses(desk, "Digest")
    await ada.presses(desk, "Українська")
    assert "Капітал: •••" in await ada.says(desk, "/portfolio")


async def test_a_class_is_muted_for_hours(desk: Desk) -> None:
    ada = await chatter(desk, 859)
    await ada.says(desk, "/mute")
    await ada.presses(desk, "Trades")
    assert "Silent until" in await ada.presses(desk, "8 h")
    muted = (await notification_preferences.own(customer(ada.user_id))).muted_until
    assert list(muted) == [(NoticeKind.TRADES, Channel.TELEGRAM)]


async def test_help_and_the_menu_hold_what_the_person_may_do(desk: Desk) -> None:
    ada, olga = await chatter(desk, 860), await member(desk, 861, "support")
    told = await ada.says(desk, "/start")
    assert "Your way to the first trade" in told
    assert "👉 Connect an exchange account" in told
    assert "/portfolio" in told
    assert "/halt" not in told
    assert "portfolio" in desk.api.menus[860]
    assert "/flatten" not in await olga.says(desk, "/help")
    assert "halt" in desk.api.menus[861]
    assert "entered on the desk's page only" in await ada.says(desk, "/connect")
    assert desk.api.links[860][-1].endswith("/portfolio/keys")


async def test_another_share_is_asked_for_after_its_risk_check(
    desk: Desk, rows: DaemonRows
) -> None:
    ada, first, _ = await invested(desk, rows, 862)
    rows.instrument()
    name = f"Grid {new_id()}"[:30]
    await make_deployment([first], name=name)
    assert f"{name}: 100.00 %" in await ada.says(desk, "/strategies")
    assert "How much shall it have?" in await ada.presses(desk, name)
    assert "100.00 % → 20.00 %" in await ada.presses(desk, "20.00 %")
    assert "Asked. It counts from" in await ada.presses(desk, "Yes, ask for it")
    assert f"{name} 20.00 %" in ada.person.sees()[-1]
    assert "Taken back" in await ada.presses(desk, "Take back: Main")


async def test_a_customer_gets_a_code_that_a_stranger_can_come_with(desk: Desk) -> None:
    ada = await chatter(desk, 890)
    assert "no code yet" in await ada.says(desk, "/refer")
    told = await ada.presses(desk, "Get my code")
    [code] = re.findall(r"Your code: ([A-Z0-9]{8})", told)
    assert f"?start=ref_{code}" in told
    assert f"Your code: {code}" in await ada.says(desk, "/refer")
    came = await desk.says(desk.person(891), f"/start ref_{code}")
    assert f"with the code {code}" in came
    assert "did not understand" in await desk.says(desk.person(892), "/start ref_<b>x</b>")
