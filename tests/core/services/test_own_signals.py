"""Several signals are asked for at once: each is judged by itself, what is sound is kept together."""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.errors import Invalid
from patriot_app.core.services import deployments
from patriot_app.core.services.own_signals import BatchItem, OwnSignal, publish_batch
from patriot_app.core.unit_of_work import begin
from tests.factories.rows import OPERATOR, DaemonRows, make_account, make_deployment


def item(deployment_id: UUID, **changes: object) -> BatchItem:
    fields = {
        "symbol": "BTCUSDT",
        "action": SignalAction.OPEN_LONG,
        "stop_loss": Decimal(49_000),
        **changes,
    }
    return BatchItem(deployment_id, OwnSignal(**fields))  # type: ignore[arg-type]


async def commands(*keys: str) -> list[str]:
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text("SELECT idempotency_key FROM commands WHERE idempotency_key = ANY(:keys)"),
            {"keys": list(keys)},
        )
        return sorted(found.scalars())


async def test_each_item_has_an_outcome_and_what_is_sound_is_recorded(
    as_web: str, rows: DaemonRows
) -> None:
    rows.instrument()
    running = await make_deployment([await make_account()])
    paused = await make_deployment([await make_account()])
    async with begin(OPERATOR) as uow:
        await deployments.pause(uow, paused, reason="News")
    items = [
        item(running),
        item(paused),
        item(running),
        item(running, symbol="ETHUSDT", stop_loss=None),
        item(uuid4()),
    ]
    key = uuid4().hex
    outcomes = []
    for _ in range(2):
        async with begin(OPERATOR) as uow:
            outcomes.append(
                await publish_batch(uow, items, reason="Several views", idempotency_key=key)
            )
    first, again = outcomes
    assert first == again
    assert first[0].command_id is not None
    assert [one.command_id for one in first[1:]] == [None] * 4
    assert "paused" in first[1].problems[""]
    assert list(first[2].problems) == ["symbol"]
    assert sorted(first[3].problems) == ["stop_loss", "symbol"]
    assert "no deployment" in first[4].problems[""]
    assert await commands(*(f"{key}:{number}" for number in range(5))) == [f"{key}:0"]


@pytest.mark.parametrize("count", [0, 6])
async def test_a_batch_has_one_to_five_items(as_web: str, count: int) -> None:
    async with begin(OPERATOR) as uow:
        with pytest.raises(Invalid, match="1 to 5"):
            await publish_batch(
                uow, [item(uuid4())] * count, reason="Several views", idempotency_key=uuid4().hex
            )
