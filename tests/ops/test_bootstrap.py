"""The virtual environments: each is stamped with the digest of its own lock."""

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


def test_an_unknown_environment_is_refused() -> None:
    with pytest.raises(SystemExit, match="known: clients"):
        bootstrap.main(["everything"])
