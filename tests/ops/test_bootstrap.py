"""The virtual environments: each is stamped with the digest of its own lock."""

import sys
import zipfile
from pathlib import Path

import pytest

from ops import bootstrap
from ops.bootstrap import CLIENTS, PRODUCT, Environment


def test_an_environment_is_installed_while_its_lock_stays_the_same(tmp_path: Path) -> None:
    environment = Environment(tmp_path / "venv", tmp_path / "some.lock")
    environment.folder.mkdir()
    environment.lock.write_text("one==1")
    assert not environment.is_installed()
    environment.stamp.write_text(environment.digest())
    assert environment.is_installed()
    environment.lock.write_text("one==2")
    assert not environment.is_installed()


def test_the_clients_have_a_folder_and_a_lock_of_their_own() -> None:
    assert CLIENTS.folder != PRODUCT.folder
    pins = CLIENTS.lock.read_text()
    assert "pybit==" in pins
    assert "binance-sdk-derivatives-trading-usds-futures==" in pins
    assert "--index-url" not in pins


def test_a_package_that_was_substituted_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "thing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(package, "w") as wheel:
        wheel.writestr("thing.py", "")
        wheel.writestr(
            "thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n"
        )
        wheel.writestr("thing-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("thing-1.0.dist-info/RECORD", "")
    environment = Environment(tmp_path / "venv", tmp_path / "some.lock")
    environment.python.parent.mkdir(parents=True)
    environment.python.symlink_to(sys.executable)
    target = tmp_path / "target"
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_TARGET", str(target))
    environment.lock.write_text(f"thing @ {package.as_uri()} --hash=sha256:{'0' * 64}\n")
    with pytest.raises(SystemExit, match="DO NOT MATCH THE HASHES"):
        bootstrap.install(environment)
    assert not target.exists()
    assert not environment.stamp.exists()


def test_an_unknown_environment_is_refused() -> None:
    with pytest.raises(SystemExit, match="known: clients"):
        bootstrap.main(["everything"])
