"""What is asked of a position's levels is checked before it is a command, and again when it is."""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from patriot_app.core.domain.levels import Levels
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.services import levels
from patriot_app.core.unit_of_work import begin
from tests.factories.rows import OPERATOR, DaemonRows, make_account, make_deployment

STOP = Decimal(49_000)
TARGET = Decimal(53_000)


async def make_position(rows: DaemonRows, *, price: str = "50500") -> UUID:
    """A long position of the desk, half a bitcoin from 50,000, with stop and target."""
    rows.instrument()
    account_id = await make_account()
    deployment_id = await make_deployment([account_id])
    rows.position(account_id, deployment_id=deployment_id, wanted_stop=STOP, wanted_target=TARGET)
    rows.execute(
        "INSERT INTO last_prices (exchange, mode, symbol, mark_price, last_price, observed_at)"
        " VALUES ('binance', 'paper', 'BTCUSDT', %s, %s, now())"
        " ON CONFLICT (exchange, mode, symbol) DO UPDATE SET mark_price = excluded.mark_price",
        Decimal(price),
        Decimal(price),
    )
    return account_id


async def ask(account_id: UUID, stop: str | None, target: str | None, **more: object) -> UUID:
    wanted = Levels(
        None if stop is None else Decimal(stop), None if target is None else Decimal(target)
    )
    values: dict[str, object] = {"reason": "Nearer", "idempotency_key": str(uuid4()), **more}
    async with begin(OPERATOR) as uow:
        return await levels.ask(uow, account_id, "BTCUSDT", wanted, **values)  # type: ignore[arg-type]


async def payload(command_id: UUID) -> dict[str, object]:
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text("SELECT payload FROM commands WHERE id = :id"), {"id": command_id}
        )
        content: dict[str, object] = found.scalar_one()
        return content


async def test_levels_are_asked_for_once_per_form(as_web: str, rows: DaemonRows) -> None:
    account_id = await make_position(rows)
    key = str(uuid4())
    ids = {await ask(account_id, "49500", "52000", idempotency_key=key) for _ in range(2)}
    assert len(ids) == 1
    content = await payload(ids.pop())
    assert (content["stop_loss"], content["take_profit"]) == ("49500", "52000")


async def test_more_risk_is_asked_about_in_numbers(as_web: str, rows: DaemonRows) -> None:
    account_id = await make_position(rows)
    with pytest.raises(Invalid) as caught:
        await ask(account_id, "48000", "53000")
    question = caught.value.fields[levels.MORE_RISK]
    assert "from 500.00 to 1,000.00 USDT" in question
    content = await payload(await ask(account_id, "48000", None, accepts_more_risk=True))
    assert content["accepts_more_risk"] is True
    assert "take_profit" not in content


@pytest.mark.parametrize(
    ("stop", "target", "field"),
    [
        ("50500", "53000", "stop_loss"),
        ("49500", "50400", "take_profit"),
        ("49500.05", "53000", "stop_loss"),
        (None, "53000", "stop_loss"),
        ("49000", "53000", ""),
    ],
)
async def test_levels_that_make_no_sense_are_no_command(
    as_web: str, rows: DaemonRows, stop: str | None, target: str, field: str
) -> None:
    account_id = await make_position(rows)
    with pytest.raises(Invalid) as caught:
        await ask(account_id, stop, target)
    assert set(caught.value.fields) == {field}


async def test_only_positions_of_the_desk_have_levels(as_web: str, rows: DaemonRows) -> None:
    rows.instrument()
    foreign = await make_account()
    rows.position(foreign)
    with pytest.raises(Refused, match="not the desk's"):
        await ask(foreign, "49500", None)
    with pytest.raises(NotFound):
        await ask(await make_account(), "49500", None)
    with pytest.raises(Invalid):
        await ask(await make_position(rows), "49500", None, reason="")
