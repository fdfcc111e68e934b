from datetime import UTC, datetime, timedelta

import pytest

from patriot_app.core.domain.invitations import (
    CODE_BYTES,
    InvitationState,
    code_from,
    hash_token,
    state_of,
)

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SOON, GONE = NOW + timedelta(seconds=1), NOW


@pytest.mark.parametrize(
    ("used", "revoked", "expires_at", "state"),
    [
        (None, None, SOON, InvitationState.OPEN),
        (None, None, GONE, InvitationState.EXPIRED),
        (None, NOW, SOON, InvitationState.REVOKED),
        (NOW, None, GONE, InvitationState.USED),
        (NOW, NOW, SOON, InvitationState.USED),
    ],
)
def test_an_invitation_is_worth_what_happened_to_it(
    used: datetime | None, revoked: datetime | None, expires_at: datetime, state: InvitationState
) -> None:
    assert state_of(used_at=used, revoked_at=revoked, expires_at=expires_at, now=NOW) is state


def test_a_code_has_128_bits_and_fits_into_a_chats_start_parameter() -> None:
    code = code_from(bytes(range(CODE_BYTES)))
    assert len(code) == 22
    assert set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
    assert hash_token(code) != hash_token(code_from(bytes(CODE_BYTES)))
