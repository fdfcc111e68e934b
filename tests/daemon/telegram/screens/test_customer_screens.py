"""What a customer reads in his chat: his own, whole, in place, and nobody else's."""

from tests.bot_api.desk import Desk, desk
from tests.daemon.telegram.people import chatter, invested
from tests.factories.rows import DaemonRows

__all__ = ["desk"]

PNG = b"\x89PNG"


async def test_the_portfolio_opens_by_exchange_and_account_in_one_message(
    desk: Desk, rows: DaemonRows
) -> None:
    ada, _, _ = await invested(desk, rows, 801)
    told = await ada.says(desk, "/portfolio")
    assert "Portfolio · PAPER" in told
    assert "Equity: 15,000.00 USDT" in told
    assert "Accounts: 2" in told
    messages = len(ada.person.sees())
    assert "Side: 5,000.00 USDT" in await ada.presses(desk, "Bybit")
    told = await ada.presses(desk, "Side")
    assert "Open profit: +12.50 USDT" in told
    assert "Bybit" in await ada.presses(desk, "‹ Back")
    assert "Accounts: 2" in await ada.presses(desk, "‹ Back")
    assert len(ada.person.sees()) == messages, "screens take each other's place"


async def test_who_has_nothing_is_told_how_to_begin(desk: Desk) -> None:
    ivy = await chatter(desk, 802)
    assert "Connect an exchange to begin" in await ivy.says(desk, "/portfolio")
    assert await ivy.says(desk, "/positions") == "No open positions."
    assert await ivy.says(desk, "/trades") == "No trades yet."
    assert "Not enough readings" in await ivy.says(desk, "/performance")
    assert await ivy.says(desk, "/alerts") != ""


async def test_positions_show_size_stop_and_what_was_asked_for(
    desk: Desk, rows: DaemonRows
) -> None:
    ada, _, _ = await invested(desk, rows, 803)
    told = await ada.says(desk, "/positions")
    assert "LONG BTCUSDT · Main" in told
    assert "0.5 at 50,000, now 51,000" in told
    assert "Open profit: +500.00 USDT" in told
    assert "LONG BTCUSDT" in await ada.says(desk, "/positions btcusdt")
    assert await ada.says(desk, "/positions ETHUSDT") == "No open position in ETHUSDT."


async def test_trades_are_turned_page_by_page(desk: Desk, rows: DaemonRows) -> None:
    ada, _, _ = await invested(desk, rows, 804)
    first = await ada.says(desk, "/trades")
    assert "Trades · 12" in first
    second = await ada.presses(desk, "More ›")
    assert "Realised: +11.00 USDT" in second
    assert "Realised: +11.00 USDT" not in await ada.presses(desk, "‹ Back")


async def test_performance_is_a_picture_that_changes_with_the_period(
    desk: Desk, rows: DaemonRows
) -> None:
    ada, _, _ = await invested(desk, rows, 805)
    told = await ada.says(desk, "/performance day")
    assert "Performance · Day" in told
    assert "Profit: +100.00 USDT" in told
    shown = ada.person.newest()
    assert shown.picture.startswith(PNG)
    count = len(ada.person.sees())
    assert "Not enough readings" in await ada.presses(desk, "Year")
    assert not shown.buttons, "a picture does not turn into a text: a new message, the old one bare"
    assert len(ada.person.sees()) == count + 1


async def test_nobody_reads_anothers(desk: Desk, rows: DaemonRows) -> None:
    _, account, _ = await invested(desk, rows, 806)
    eve = await chatter(desk, 807)
    assert "no account yet" in await eve.says(desk, f"/portfolio account {account}")
    assert await eve.says(desk, f"/positions 1 BTCUSDT {account}") == (
        "No open position in BTCUSDT."
    )
    assert await eve.says(desk, f"/trades 1 BTCUSDT {account}") == "No trades yet."


async def test_a_button_works_once_and_for_its_own_chat_only(desk: Desk, rows: DaemonRows) -> None:
    ada, _, _ = await invested(desk, rows, 808)
    eve = await chatter(desk, 809)
    await ada.says(desk, "/portfolio")
    data = ada.person.newest().buttons["Bybit"]
    eve.person.presses("Bybit", data=data, query_id="eve")
    await desk.turn()
    assert ("eve", "This screen is out of date; nothing was done. Send the command again.") in (
        desk.api.chats.acknowledged
    )
    ada.person.presses("Bybit", data=data, query_id="first")
    ada.person.presses("Bybit", data=data, query_id="second")
    await desk.turn()
    answers = dict(desk.api.chats.acknowledged)
    assert answers["first"] == ""
    assert "out of date" in answers["second"]
    assert "Side: 5,000.00 USDT" in ada.person.sees()[-1]


async def test_a_screen_of_yesterday_says_that_it_is_out_of_date(
    desk: Desk, rows: DaemonRows
) -> None:
    ada, _, _ = await invested(desk, rows, 810)
    before = await ada.says(desk, "/portfolio")
    desk.server.execute(
        "UPDATE telegram_questions SET expires_at = now() - interval '1 second'"
        " WHERE telegram_id = 810",
        database=desk.database,
    )
    assert await ada.presses(desk, "Bybit") == before
    assert "out of date" in desk.api.chats.acknowledged[-1][1]


async def test_forged_data_of_a_button_does_nothing(desk: Desk) -> None:
    ada = await chatter(desk, 811)
    for data in ("m:AAAAAAAAAAAAAAAAAAAAAA:0", "m:x:0", "m:AAAAAAAAAAAAAAAAAAAAAA:99", "show|fees"):
        ada.person.presses("", data=data)
    await desk.turn()
    told = [text for _, text in desk.api.chats.acknowledged[-4:]]
    assert all("not valid" in text or "out of date" in text for text in told)


async def test_hostile_names_and_arguments_are_shown_as_they_are(
    desk: Desk, rows: DaemonRows
) -> None:
    ada, account, _ = await invested(desk, rows, 812)
    desk.server.execute(
        f"UPDATE accounts SET label = '</pre><b>{{x}}&lt;' WHERE id = '{account}'",
        database=desk.database,
    )
    await ada.says(desk, "/portfolio")
    assert "</pre><b>{x}&lt;: 10,000.00" in await ada.presses(desk, "Binance")
    told = await ada.says(desk, "/positions <b>{0}")
    assert told == "No open position in <B>{0}."
    assert "must be an id" in await ada.says(desk, "/trades " + "9 " * 1500)


async def test_amounts_are_hidden_from_who_looks_over_the_shoulder(
    desk: Desk, rows: DaemonRows
) -> None:
    ada, _, _ = await invested(desk, rows, 813)
    desk.server.execute(
        "INSERT INTO notification_settings (user_id, hides_amounts, language)"
        f" VALUES ('{ada.user_id}', true, 'uk')",
        database=desk.database,
    )
    told = await ada.says(desk, "/portfolio")
    assert "Капітал: ••• USDT" in told
    assert "15,000" not in told
    assert "••• по 50,000" in await ada.says(desk, "/positions")


async def test_an_alert_is_acknowledged_once(desk: Desk) -> None:
    ada = await chatter(desk, 814)
    told = await ada.says(desk, "/alerts")
    assert "to acknowledge" in told
    assert "Acknowledged." in await ada.presses(desk, "✓ 1")
    assert "Nothing to acknowledge." in await ada.presses(desk, "✓ Acknowledge all")
