"""The commands that people gave, read from PostgreSQL."""

from uuid import uuid4

import pytest

from patriot_app.core.domain.commands import CommandStatus
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import command_log
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import desk_orders
from patriot_app.core.unit_of_work import begin
from tests.factories.rows import OPERATOR, customer, make_account, make_client

pytestmark = pytest.mark.usefixtures("as_web")


async def test_a_command_is_listed_with_its_reason_and_state() -> None:
    account_id = await make_account()
    async with begin(OPERATOR) as uow:
        command_id = await desk_orders.flatten_account(
            uow, account_id, reason="Risk review", idempotency_key=str(uuid4())
        )
    page = await command_log.page(OPERATOR, PageRequest(filters={"status": "pending"}))
    found = next(item for item in page.items if item.id == command_id)
    assert (found.type, found.status) == ("FlattenAccount", CommandStatus.PENDING)
    assert found.payload["reason"] == "Risk review"
    assert found.surface == "console"
    assert (await command_log.page(OPERATOR, PageRequest(search=str(command_id)))).total == 1
    assert (await command_log.page(OPERATOR, PageRequest(filters={"status": "failed"}))).total == 0


async def test_a_client_sees_no_commands() -> None:
    with pytest.raises(NotFound):
        await command_log.page(customer(await make_client()), PageRequest())
