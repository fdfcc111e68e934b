"""A token that others may read, or an address that would show it to them, makes no bot."""

from pathlib import Path

import pytest

from daemon.telegram.api import open_bot
from patriot_app.core.errors import Refused
from patriot_app.core.settings import Settings
from tests.bot_api.server import TOKEN

TELEGRAM = "https://api.telegram.org"


@pytest.mark.parametrize(
    ("token", "mode", "url", "said"),
    [
        (None, 0, TELEGRAM, "PATRIOT_TELEGRAM_TOKEN_FILE is not set"),
        (TOKEN, 0o444, TELEGRAM, "must be readable by its owner alone"),
        (TOKEN, 0o400, "http://203.0.113.9", "PATRIOT_TELEGRAM_URL must be https"),
        (TOKEN, 0o400, "http://api.telegram.org", "PATRIOT_TELEGRAM_URL must be https"),
        ("no token at all", 0o400, TELEGRAM, "holds no token of a bot"),
        ("", 0o400, TELEGRAM, "holds no token of a bot"),
    ],
)
def test_what_is_unsafe_is_refused(
    tmp_path: Path, token: str | None, mode: int, url: str, said: str
) -> None:
    path = tmp_path / "token"
    if token is not None:
        path.write_text(token)
        path.chmod(mode)
    with pytest.raises(Refused, match=said) as caught:
        open_bot(
            Settings(telegram_token_file=path if token is not None else None, telegram_url=url)
        )
    assert TOKEN not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no file"):
        open_bot(Settings(telegram_token_file=tmp_path / "nothing"))


@pytest.mark.parametrize("url", [TELEGRAM, "http://127.0.0.1:8081", "http://localhost:8081/"])
def test_a_safe_token_makes_a_bot(tmp_path: Path, url: str) -> None:
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    path.chmod(0o400)
    assert open_bot(Settings(telegram_token_file=path, telegram_url=url)).token == TOKEN
