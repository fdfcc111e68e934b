import json
from uuid import UUID

import pytest

from patriot_app.core.domain.commands import (
    COMMANDS,
    CancelOrder,
    ClosePosition,
    Command,
    FlattenAccount,
    PublishSignal,
    RefreshInstruments,
    VerifyCredential,
    command_from,
)
from patriot_app.core.errors import Invalid

ACCOUNT = UUID(int=7)
EXAMPLES: list[Command] = [
    VerifyCredential(credential_id=UUID(int=1)),
    ClosePosition(account_id=ACCOUNT, symbol="BTCUSDT", reason="too large"),
    FlattenAccount(account_id=ACCOUNT),
    CancelOrder(attempt_id=UUID(int=2), account_id=ACCOUNT),
    PublishSignal(
        deployment_id=UUID(int=3),
        symbol="BTCUSDT",
        action="open_long",
        stop_loss="49000",
        published_by=UUID(int=4),
    ),
    RefreshInstruments(exchange="bybit"),
]


@pytest.mark.parametrize("command", EXAMPLES, ids=lambda command: command.type)
def test_a_command_survives_storage(command: Command) -> None:
    stored = json.loads(json.dumps(command.to_payload()))
    assert command_from(command.type, stored) == command
    assert COMMANDS[command.type] is type(command)


@pytest.mark.parametrize(
    ("type_name", "payload"),
    [
        ("DropDatabase", {}),
        ("FlattenAccount", {}),
        ("FlattenAccount", {"account_id": "not an id"}),
        ("FlattenAccount", {"account_id": str(ACCOUNT), "force": "yes"}),
    ],
)
def test_what_is_no_command_is_refused(type_name: str, payload: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        command_from(type_name, payload)


def test_every_kind_of_command_can_be_read_back_from_storage() -> None:
    assert set(COMMANDS) == {kind.__name__ for kind in Command.__subclasses__()}
