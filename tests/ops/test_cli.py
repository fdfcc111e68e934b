"""`patriot`: every command explains itself, and failures are one plain message."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops.cli import app
from ops.home import open_home

runner = CliRunner()


@pytest.mark.parametrize(
    "command", ["up", "demo", "migrate", "verify", "keys list", "keys check", "market fetch"]
)
def test_every_command_explains_itself(command: str) -> None:
    result = runner.invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_a_real_desk_refuses_the_keys_of_a_demo(tmp_path: Path) -> None:
    open_home("demo", tmp_path)
    result = runner.invoke(app, ["up", "--home", str(tmp_path)])
    assert result.exit_code == 1
    assert "must not be shared" in result.output


def test_a_real_desk_refuses_a_key_that_others_can_read(tmp_path: Path) -> None:
    assert runner.invoke(app, ["keys", "create", "--home", str(tmp_path)]).exit_code == 0
    (tmp_path / "keys" / "instance").chmod(0o644)
    result = runner.invoke(app, ["up", "--home", str(tmp_path), "--port", "0"])
    assert result.exit_code == 1
    assert "can be read by others" in result.output


def test_verifying_a_desk_that_does_not_run_says_what_to_do(tmp_path: Path) -> None:
    result = runner.invoke(app, ["verify", "--home", str(tmp_path)])
    assert result.exit_code == 1
    assert "Start it first" in result.output


def test_keys_are_listed_by_fingerprint_and_never_shown(tmp_path: Path) -> None:
    runner.invoke(app, ["keys", "create", "--home", str(tmp_path)])
    result = runner.invoke(app, ["keys", "list", "--home", str(tmp_path)])
    assert result.exit_code == 0
    for path in (tmp_path / "keys").iterdir():
        assert str(path) in result.output
        assert path.read_text().strip() not in result.output
