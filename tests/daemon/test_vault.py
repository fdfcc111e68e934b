"""Only the right key opens a credential, and only for its own account."""

from dataclasses import replace

import pytest

from daemon.vault import (
    API_KEY,
    API_SECRET,
    SealedCredential,
    Vault,
    require_some_key,
    sealing_context,
)
from patriot_app.core.errors import Refused
from patriot_app.core.sealing import SealedBox, generate_keypair, key_id, reseal, seal

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


def test_an_older_key_of_the_same_account_cannot_be_put_back() -> None:
    private, public = generate_keypair()
    older = sealed(public)
    newer = replace(older, record_id="record-2")
    with pytest.raises(Refused, match="does not open"):
        Vault([private]).open(newer)


def test_a_flipped_bit_anywhere_does_not_open() -> None:
    private, public = generate_keypair()
    credential = sealed(public)
    for part in ("data_key", "nonce", "ciphertext"):
        whole = getattr(credential.api_key, part)
        for at in (0, len(whole) // 2, len(whole) - 1):
            flipped = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
            box = replace(credential.api_key, **{part: flipped})
            with pytest.raises(Refused, match="does not open"):
                Vault([private]).open(replace(credential, api_key=box))


def test_a_box_from_before_a_rotation_needs_the_former_key() -> None:
    old, old_public = generate_keypair()
    new, new_public = generate_keypair()
    before = sealed(old_public)
    after = reseal(old, new_public, before.api_key, context=sealing_context(before, API_KEY))
    mixed = replace(after, data_key=before.api_key.data_key)
    for box, reason in ((before.api_key, "does not have"), (mixed, "does not open")):
        with pytest.raises(Refused, match=reason):
            Vault([new]).open(replace(before, api_key=box))


def test_keys_that_open_nothing_of_what_is_stored_are_refused() -> None:
    mine, public = generate_keypair()
    _, other = generate_keypair()
    vault = Vault([mine])
    require_some_key(vault, {})
    require_some_key(vault, {key_id(public): 1, key_id(other): 7})
    with pytest.raises(Refused, match=rf"none of the 7 stored API keys.*{key_id(other)}"):
        require_some_key(vault, {key_id(other): 7})


def test_both_keys_open_while_a_rotation_runs() -> None:
    old, old_public = generate_keypair()
    new, new_public = generate_keypair()
    vault = Vault([new, old])
    assert vault.open(sealed(old_public)).api_key.reveal() == "the-key"
    assert vault.open(sealed(new_public)).api_key.reveal() == "the-key"
    assert "Vault(" in repr(vault)
