"""Only the right key opens a credential, and only for its own account."""

from dataclasses import replace

import pytest

from daemon.vault import API_KEY, API_SECRET, SealedCredential, Vault, sealing_context
from patriot_app.core.errors import Refused
from patriot_app.core.sealing import SealedBox, generate_keypair, seal

EMPTY = SealedBox(key_id="", data_key=b"", nonce=b"", ciphertext=b"")


def sealed(public_key: bytes, account_id: str = "account-1") -> SealedCredential:
    credential = SealedCredential("binance", account_id, "record-1", EMPTY, EMPTY)
    return replace(
        credential,
        api_key=seal(public_key, "the-key", context=sealing_context(credential, API_KEY)),
        api_secret=seal(public_key, "the-secret", context=sealing_context(credential, API_SECRET)),
    )


def test_the_vault_opens_both_halves_and_shows_none() -> None:
    private, public = generate_keypair()
    opened = Vault([private]).open(sealed(public))
    assert opened.api_key.reveal() == "the-key"
    assert opened.api_secret.reveal() == "the-secret"
    assert "the-" not in f"{opened!r} {opened.api_key} {opened.api_secret!r}"


def test_a_box_moved_to_another_account_does_not_open() -> None:
    private, public = generate_keypair()
    with pytest.raises(Refused):
        Vault([private]).open(replace(sealed(public), account_id="account-2"))


def test_the_halves_cannot_be_swapped() -> None:
    private, public = generate_keypair()
    credential = sealed(public)
    swapped = replace(credential, api_key=credential.api_secret, api_secret=credential.api_key)
    with pytest.raises(Refused):
        Vault([private]).open(swapped)


def test_a_key_of_another_installation_is_refused_by_name() -> None:
    _, public = generate_keypair()
    mine, _ = generate_keypair()
    with pytest.raises(Refused, match="does not have"):
        Vault([mine]).open(sealed(public))


def test_both_keys_open_while_a_rotation_runs() -> None:
    old, old_public = generate_keypair()
    new, new_public = generate_keypair()
    vault = Vault([new, old])
    assert vault.open(sealed(old_public)).api_key.reveal() == "the-key"
    assert vault.open(sealed(new_public)).api_key.reveal() == "the-key"
    assert "Vault(" in repr(vault)
