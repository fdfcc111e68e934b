"""A key is judged by the address that its exchange sees."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from daemon.execution.keys import policy_of
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.queries.sealed_keys import SealedCredential
from patriot_app.core.sealing import SealedBox
from patriot_app.core.settings import Settings

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BOX = SealedBox(key_id="k", data_key=b"", nonce=b"", ciphertext=b"")


def make_credential(source_address: str) -> SealedCredential:
    return SealedCredential(
        credential_id=UUID(int=1),
        account_id=UUID(int=2),
        client_id=UUID(int=3),
        exchange=Exchange.BYBIT,
        mode=AccountMode.LIVE,
        shard=0,
        source_address=source_address,
        status="submitted",
        masked_key="ab…yz",
        created_by=None,
        created_at=NOW,
        client_consent="",
        api_key=BOX,
        api_secret=BOX,
    )


@pytest.mark.parametrize(
    ("local", "seen"),
    [
        ("10.0.0.2", ("203.0.113.2",)),
        ("203.0.113.3", ("203.0.113.3",)),
        ("10.0.0.9", ("10.0.0.9",)),
        ("", ()),
    ],
)
def test_behind_a_gateway_the_public_address_must_be_on_the_keys_list(
    local: str, seen: tuple[str, ...]
) -> None:
    settings = Settings(egress_addresses="10.0.0.2=203.0.113.2, 203.0.113.3")
    assert policy_of(settings, make_credential(local), now=NOW).egress == seen
