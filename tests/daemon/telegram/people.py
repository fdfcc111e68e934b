"""People in chats with something to look at: a customer with money, members of the desk."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.accounts import Exchange
from tests.bot_api.chats import Person
from tests.bot_api.desk import Browser, Desk
from tests.factories.rows import DaemonRows, make_account


@dataclass
class Chatter:
    """Somebody connected, his browser, and who he is for the desk."""

    person: Person
    browser: Browser
    user_id: UUID

    async def says(self, desk: Desk, text: str) -> str:
        """Write to the bot; return what the chat shows last."""
        return await desk.says(self.person, text)

    async def presses(self, desk: Desk, label: str) -> str:
        """Press a button of the newest message that has it; return what the chat shows last."""
        self.person.presses(label)
        await desk.turn()
        return self.person.sees()[-1]


async def chatter(desk: Desk, telegram_id: int, *, name: str = "Ada") -> Chatter:
    """Return a customer who is connected."""
    person = desk.person(telegram_id, name=name)
    browser, _ = await desk.signed_in(name=name)
    await desk.connect(browser, person)
    found = await browser.actor()
    assert found is not None
    return Chatter(person, browser, found.user_id)


async def member(desk: Desk, telegram_id: int, *roles: str) -> Chatter:
    """Return a member of the desk who is connected."""
    made = await chatter(desk, telegram_id, name="Olga")
    desk.server.execute(
        f"UPDATE users SET roles = '{{{','.join(roles)}}}' WHERE id = '{made.user_id}'",
        database=desk.database,
    )
    return made


async def invested(desk: Desk, rows: DaemonRows, telegram_id: int) -> tuple[Chatter, UUID, UUID]:
    """Return a customer with an account at each exchange, with positions, trades and a curve."""
    made = await chatter(desk, telegram_id)
    first = await make_account(made.user_id, label="Main")
    second = await make_account(made.user_id, label="Side", exchange=Exchange.BYBIT)
    now = datetime.now(UTC)
    rows.state(first)
    rows.state(second, exchange="bybit", equity=Decimal(5_000), unrealised_pnl=Decimal("12.5"))
    rows.position(first, mark_price=Decimal(51_000))
    for number in range(12):
        rows.fill(
            first, None, realised_pnl=Decimal(number), traded_at=now - timedelta(hours=number)
        )
    for hours, equity in ((3, "10000"), (2, "10200"), (1, "10100")):
        rows.snapshot(first, now - timedelta(hours=hours), equity)
    return made, first, second
