"""A chat in plain words: answered by the command's own screen, carried on, asked of a person."""

from datetime import UTC, datetime

from patriot_app.core.queries import tickets as queries
from patriot_app.core.services import tickets
from patriot_app.core.unit_of_work import begin
from tests.bot_api.desk import Desk, desk
from tests.daemon.telegram.people import chatter, invested, member
from tests.factories.rows import DaemonRows, customer, make_deployment, make_version

__all__ = ["desk"]


async def test_questions_are_answered_and_a_half_sentence_goes_on(
    desk: Desk, rows: DaemonRows
) -> None:
    ada, _, _ = await invested(desk, rows, 951)
    assert "Equity: 15,000.00 USDT" in await ada.says(desk, "show me my portfolio please")
    assert "LONG BTCUSDT" in await ada.says(desk, "Show me my BTCUSDT position")
    assert await ada.says(desk, "and ETH?") == "No open position in ETHUSDT."
    assert "LONG BTCUSDT" in await ada.says(desk, "а біткоїн?")
    assert "Trades · 12" in await ada.says(desk, "what was traded lately, list my trades")


async def test_why_nothing_was_bought_is_told_from_the_record_of_ones_own_accounts(
    desk: Desk, rows: DaemonRows
) -> None:
    ada, first, second = await invested(desk, rows, 952)
    for exchange in ("binance", "bybit"):
        rows.instrument(exchange=exchange)
    version = await make_version()
    deployment = await make_deployment([first, second], version_id=version)
    signal = rows.signal(deployment, version)
    rows.fan_out_account(
        signal,
        first,
        decision="skipped",
        reason_code="INSUFFICIENT_MARGIN",
        reason="5 USDT are missing",
        decided_at=datetime.now(UTC),
    )
    told = await ada.says(desk, "why was nothing bought today?")
    assert "5 USDT are missing" in told
    assert "BTCUSDT: 1 × no order (Main" in told
    assert "BTCUSDT: 1 × no order (Main" in await ada.says(desk, "why was no btc bought today?")
    about_eth = await ada.says(desk, "/why eth")
    assert "Only ETH" in about_eth
    assert "5 USDT are missing" not in about_eth
    bea = await chatter(desk, 953, name="Bea")
    assert "ещё нет счёта" in await bea.says(desk, "почему сегодня ничего не купили?")


async def test_what_is_not_clear_is_asked_back_and_a_button_answers(
    desk: Desk, rows: DaemonRows
) -> None:
    ada, _, _ = await invested(desk, rows, 954)
    assert "I did not understand" in await ada.says(desk, "xyzzy plugh frobnicate")
    assert "begins with /ask" in await ada.says(desk, "i want to talk to a human")
    assert "Questions that many ask" in await ada.presses(desk, "Other questions")
    told = await ada.presses(desk, "Is my API key safe?")
    assert "nobody of the desk can read it" in told


async def test_what_the_desk_means_is_not_done_for_a_customer(desk: Desk) -> None:
    ada = await chatter(desk, 955)
    asked = "how much gross exposure do we run"
    assert "Exposure" not in await ada.says(desk, asked)
    olga = await member(desk, 956, "admin")
    assert "Exposure" in await olga.says(desk, asked)


async def test_a_question_goes_to_the_desk_with_what_was_said_and_comes_back(
    desk: Desk, rows: DaemonRows
) -> None:
    ada, _, _ = await invested(desk, rows, 957)
    await ada.says(desk, "how am I doing this week")
    told = await ada.says(desk, "/ask Why is <b>this</b> so low?")
    assert "is with the desk" in told
    own = await queries.own(customer(ada.user_id))
    found = await queries.own_conversation(customer(ada.user_id), own[0].id)
    assert found.messages[0].body == "Why is <b>this</b> so low?"
    assert "how am I doing this week" in found.context
    olga = await member(desk, 958, "support")
    signed_in = await olga.browser.actor()
    assert signed_in is not None
    async with begin(signed_in.actor) as uow:
        await tickets.answer(uow, own[0].id, body="Funding was <high>.")
    shown = await ada.says(desk, "/questions")
    assert f"#{own[0].number} Why is <b>this</b> so low? · answered" in shown
    assert "Funding was <high>." in await ada.presses(desk, f"#{own[0].number}")
    assert "Added to question" in await ada.says(desk, f"/ask #{own[0].number} and again")
    assert "You have no question #99999" in await ada.says(desk, "/ask #99999 me too")


async def test_a_secret_after_ask_is_taken_out_of_the_chat(desk: Desk) -> None:
    ada = await chatter(desk, 959)
    assert "looked like a password" in await ada.says(desk, "/ask my password: hunter2hunter2")
    assert await queries.own(customer(ada.user_id)) == ()
