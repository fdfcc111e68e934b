"""The files of a rotation: whatever is interrupted, every key that can be sealed for can be opened."""

import base64
from pathlib import Path

import pytest

from ops import key_rotation
from ops.home import Home, OpsError
from ops.keys import KeyFiles, check_keys, ensure_keys
from patriot_app.core.sealing import generate_keypair, key_id, public_key_of


def private_of(path: Path) -> bytes:
    return base64.b64decode(path.read_text())


def sealed_for(files: KeyFiles) -> str:
    return key_id(private_of(files.trading_public))


def opened(files: KeyFiles) -> set[str]:
    folder = files.former_trading
    paths = [files.trading_private, *(folder.iterdir() if folder.is_dir() else ())]
    return {key_id(public_key_of(private_of(path))) for path in paths}


def test_a_rotation_keeps_the_former_key_and_publishes_the_new_one(tmp_path: Path) -> None:
    files = ensure_keys(Home(tmp_path))
    before = sealed_for(files)
    assert key_rotation.ensure_new_pair(files) == before
    assert sealed_for(files) != before
    assert opened(files) == {before, sealed_for(files)}
    assert key_rotation.former(files) == [before]
    assert {path.stat().st_mode & 0o777 for path in files.former_trading.iterdir()} == {0o400}
    check_keys(files)


def test_while_a_former_key_is_kept_no_other_rotation_begins(tmp_path: Path) -> None:
    files = ensure_keys(Home(tmp_path))
    key_rotation.ensure_new_pair(files)
    now = sealed_for(files)
    assert key_rotation.ensure_new_pair(files) is None
    assert sealed_for(files) == now


def test_a_rotation_that_stopped_before_its_public_half_goes_on(tmp_path: Path) -> None:
    files = ensure_keys(Home(tmp_path))
    old_public = files.trading_public.read_text()
    before = key_rotation.ensure_new_pair(files)
    new = sealed_for(files)
    files.trading_public.chmod(0o600)
    files.trading_public.write_text(old_public)
    assert sealed_for(files) == before
    assert sealed_for(files) in opened(files)
    assert key_rotation.ensure_new_pair(files) is None
    assert sealed_for(files) == new


def test_a_rotation_that_stopped_after_keeping_the_former_key_begins_anew(
    tmp_path: Path,
) -> None:
    files = ensure_keys(Home(tmp_path))
    before = sealed_for(files)
    files.former_trading.mkdir()
    (files.former_trading / before).write_text(files.trading_private.read_text())
    assert key_rotation.former(files) == []
    assert key_rotation.ensure_new_pair(files) == before
    assert opened(files) == {before, sealed_for(files)}
    assert len(opened(files)) == 2


def test_a_former_key_is_destroyed_once(tmp_path: Path) -> None:
    files = ensure_keys(Home(tmp_path))
    former = key_rotation.ensure_new_pair(files)
    assert former is not None
    key_rotation.destroy(files, former)
    assert key_rotation.former(files) == []
    with pytest.raises(OpsError, match="no former key"):
        key_rotation.destroy(files, former)
    assert key_rotation.ensure_new_pair(files) not in {None, former}


def test_what_lies_in_the_folder_by_another_name_is_not_destroyed(tmp_path: Path) -> None:
    files = ensure_keys(Home(tmp_path))
    key_rotation.ensure_new_pair(files)
    _, public = generate_keypair()
    with pytest.raises(OpsError, match="no former key"):
        key_rotation.destroy(files, f"../{key_id(public)}")
    with pytest.raises(OpsError, match="no former key"):
        key_rotation.destroy(files, "../web")
    assert files.web.exists()
