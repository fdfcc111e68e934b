"""A signature holds for its key and its bytes alone."""

import pytest

from patriot_app.core.signatures import Signer, generate_signing_pair, is_signed_by, key_id

# RFC 8032, 7.1, test 2.
PRIVATE = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def test_the_vector_of_the_standard_is_met() -> None:
    assert Signer(PRIVATE).sign(b"\x72") == SIGNATURE
    assert Signer(PRIVATE).key_id == key_id(PUBLIC)
    assert is_signed_by(PUBLIC, SIGNATURE, b"\x72")


@pytest.mark.parametrize(
    ("signature", "message"),
    [(SIGNATURE, b"\x73"), (SIGNATURE[:-1] + b"\x01", b"\x72"), (b"", b"\x72")],
)
def test_other_bytes_or_another_signature_do_not_hold(signature: bytes, message: bytes) -> None:
    assert not is_signed_by(PUBLIC, signature, message)


def test_another_key_did_not_sign() -> None:
    _, other = generate_signing_pair()
    assert not is_signed_by(other, SIGNATURE, b"\x72")


def test_a_signer_does_not_show_its_key() -> None:
    shown = f"{Signer(PRIVATE)!r} {Signer(PRIVATE)}"
    assert PRIVATE.hex() not in shown
    assert shown.startswith("Signer(")
