"""Key files: made once, closed to others, never half lost without notice."""

import base64
from pathlib import Path

import pytest

from ops.home import Home, OpsError
from ops.keys import DATABASE_ROLES, KeyFiles, check_keys, ensure_keys, fingerprint, read_password
from patriot_app.core.errors import Refused
from patriot_app.core.sealing import public_key_of
from patriot_app.core.settings import read_key


def make_keys(path: Path) -> KeyFiles:
    return ensure_keys(Home(path))


def test_every_key_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    files = make_keys(tmp_path)
    assert files.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in files.all()} == {0o400}


def test_the_settings_read_what_was_made(tmp_path: Path) -> None:
    files = make_keys(tmp_path)
    private = read_key(files.trading_private, name="trading key")
    public = base64.b64decode(files.trading_public.read_text())
    assert public_key_of(private) == public
    lengths = {len(read_key(path, name=path.name)) for path in (files.web, files.instance)}
    assert lengths == {32}


def test_keys_that_exist_stay_as_they_are(tmp_path: Path) -> None:
    before = [fingerprint(path) for path in make_keys(tmp_path).all()]
    assert [fingerprint(path) for path in make_keys(tmp_path).all()] == before
    assert len(set(before)) == len(before)


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    files = make_keys(tmp_path)
    files.instance.chmod(0o440)
    with pytest.raises(OpsError, match="can be read by others"):
        make_keys(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("no key at all!", "is no base64"),
        (base64.b64encode(bytes(16)).decode(), "holds 16 bytes"),
        ("", "holds 0 bytes"),
    ],
)
def test_a_file_that_holds_no_key_is_refused_without_showing_it(
    tmp_path: Path, content: str, said: str
) -> None:
    path = tmp_path / "some.key"
    path.write_text(content)
    path.chmod(0o400)
    with pytest.raises(Refused, match=said) as refused:
        read_key(path, name="PATRIOT_SOME_KEY_FILE")
    assert not content or content not in str(refused.value)


def test_half_a_trading_pair_is_never_replaced(tmp_path: Path) -> None:
    files = make_keys(tmp_path)
    files.trading_private.unlink()
    with pytest.raises(OpsError, match="Only one half"):
        make_keys(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    files = make_keys(tmp_path)
    files.web.unlink()
    with pytest.raises(OpsError, match="web is missing"):
        check_keys(files)


def test_a_role_password_stands_in_libpq_format(tmp_path: Path) -> None:
    files = make_keys(tmp_path)
    for role in DATABASE_ROLES:
        line = files.password(role).read_text().strip()
        assert line == f"*:*:*:{role}:{read_password(files.password(role))}"
        assert len(read_password(files.password(role))) >= 43
