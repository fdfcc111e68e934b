"""Environments: a process is given what it needs and nothing else."""

from pathlib import Path

import pytest

from ops import roles
from ops.environments import (
    Desk,
    base_environment,
    bot_environment,
    daemon_environment,
    has_bot,
    web_environment,
)
from ops.home import Home
from ops.keys import ensure_keys
from patriot_app.core.settings import Settings


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    home = Home(tmp_path)
    return Desk(
        home=home,
        keys=ensure_keys(home),
        server=roles.embedded_in(tmp_path / "pg-socket"),
        public_url="http://127.0.0.1:3000",
        paper_url="http://127.0.0.1:9100",
        health_port=9101,
        demo=True,
        four_eyes="off",
    )


def test_the_web_process_never_learns_the_trading_key(desk: Desk) -> None:
    environment = web_environment(desk)
    assert "PATRIOT_TRADING_KEY_FILE" not in environment
    assert "PATRIOT_INSTANCE_KEY_FILE" not in environment
    assert str(desk.keys.trading_private) not in environment.values()
    assert "patriot_web@" in environment["PATRIOT_DATABASE_URL"]


def test_the_daemon_never_learns_the_keys_of_the_web(desk: Desk) -> None:
    environment = daemon_environment(desk)
    assert "PATRIOT_WEB_KEY_FILE" not in environment
    assert "PATRIOT_SESSION_PEPPER_FILE" not in environment
    assert "patriot_daemon@" in environment["PATRIOT_DATABASE_URL"]


def test_nothing_is_inherited_by_accident(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://admin:secret@db/patriot")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    for environment in (
        web_environment(desk),
        daemon_environment(desk),
        base_environment(desk.home),
    ):
        assert not {"DATABASE_URL", "AWS_SECRET_ACCESS_KEY"} & environment.keys()


def test_only_the_bot_learns_its_token_and_it_learns_no_key(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not has_bot()
    monkeypatch.setenv("PATRIOT_TELEGRAM_TOKEN_FILE", "/somewhere/token")
    assert has_bot()
    environment = bot_environment(desk, health_port=9105)
    assert environment["PATRIOT_TELEGRAM_TOKEN_FILE"] == "/somewhere/token"
    assert "patriot_bot@" in environment["PATRIOT_DATABASE_URL"]
    assert [name for name in environment if "KEY" in name or "PEPPER" in name] == []
    for other in (web_environment(desk), daemon_environment(desk)):
        assert "PATRIOT_TELEGRAM_TOKEN_FILE" not in other


def test_the_settings_know_every_variable_that_is_given(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {f"PATRIOT_{name.upper()}" for name in Settings.model_fields}
    for environment in (
        web_environment(desk),
        daemon_environment(desk),
        bot_environment(desk, health_port=9105),
    ):
        given = {name for name in environment if name.startswith("PATRIOT_")}
        assert given - known == {"PATRIOT_STARTED_IN"}
    for name, value in daemon_environment(desk).items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.demo
    assert settings.four_eyes == "off"
    assert settings.trading_key_file == desk.keys.trading_private
