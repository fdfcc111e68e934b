from uuid import UUID

import pytest

from patriot_app.core.domain import recovery_codes

ADA, BOB = UUID(int=1), UUID(int=2)


def test_ten_different_codes_are_given_in_a_shape_that_can_be_typed() -> None:
    codes = recovery_codes.new_codes()
    assert len(set(codes)) == 10
    assert all(len(code) == 11 and code[5] == "-" for code in codes)
    assert set("".join(codes)) <= set("abcdefghijklmnopqrstuvwxyz234567-")


@pytest.mark.parametrize("typed", ["k3mf7-qx2pa", " K3MF7QX2PA ", "k3mf7 - qx2pa"])
def test_a_code_is_the_same_however_it_is_typed(typed: str) -> None:
    stored = recovery_codes.hash_code("k3mf7-qx2pa", user_id=ADA, pepper=b"pepper")
    assert recovery_codes.hash_code(typed, user_id=ADA, pepper=b"pepper") == stored


@pytest.mark.parametrize("typed", ["", "123456", "k3mf7-qx2p", "k3mf7-qx2pä", "k3mf7-qx2pa-z"])
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert recovery_codes.normalised(typed) == ""


def test_the_hash_belongs_to_the_person_and_to_the_pepper() -> None:
    hashes = {
        recovery_codes.hash_code("k3mf7-qx2pa", user_id=user_id, pepper=pepper)
        for user_id in (ADA, BOB)
        for pepper in (b"one", b"two")
    }
    assert len(hashes) == 4
