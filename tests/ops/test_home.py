"""Homes: a demo's keys never serve a real desk."""

from pathlib import Path

import pytest

from ops.home import CHECKOUT, OpsError, demo_homes, open_demo, open_home


def test_a_home_is_made_on_first_use_and_opened_again(tmp_path: Path) -> None:
    home = open_home("demo", tmp_path / "state")
    assert home.run.is_dir()
    assert open_home("demo", tmp_path / "state") == home


@pytest.mark.parametrize(("first", "second"), [("demo", "desk"), ("desk", "demo")])
def test_a_demo_home_is_refused_to_a_desk_and_the_other_way(
    tmp_path: Path, first: str, second: str
) -> None:
    open_home(first, tmp_path)  # type: ignore[arg-type]
    with pytest.raises(OpsError, match=f"belongs to a {first}"):
        open_home(second, tmp_path)  # type: ignore[arg-type]


def test_demo_and_desk_live_apart_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.home.CHECKOUT", tmp_path)
    monkeypatch.delenv("PATRIOT_HOME", raising=False)
    assert open_home("demo").path == tmp_path / ".patriot" / "demo"
    assert open_home("desk").path == tmp_path / ".patriot" / "desk"
    monkeypatch.setenv("PATRIOT_HOME", str(tmp_path / "elsewhere"))
    assert open_home("desk").path == tmp_path / "elsewhere"
    assert (CHECKOUT / "pyproject.toml").is_file()


def test_every_market_of_a_demo_has_a_home_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.home.CHECKOUT", tmp_path)
    monkeypatch.delenv("PATRIOT_HOME", raising=False)
    made = [
        open_demo(None, replay=None, seed=7),
        open_demo(None, replay=None, seed=8),
        open_demo(None, replay=tmp_path / "candles", seed=7),
    ]
    assert made[0].path == tmp_path / ".patriot" / "demo"
    assert len({home.path for home in made}) == 3
    assert open_demo(None, replay=tmp_path / "candles", seed=8) == made[2]
    assert sorted(home.path for home in demo_homes()) == sorted(home.path for home in made)
