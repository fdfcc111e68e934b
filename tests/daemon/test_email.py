"""The mail server's settings: half of them, or an open password, stop the start."""

from pathlib import Path

import pytest

from daemon.email import MailServer
from patriot_app.core.errors import Refused
from patriot_app.core.settings import Settings

FROM = "PATRIOT <desk@firm.example>"


def test_no_server_is_a_normal_desk() -> None:
    assert MailServer.of(Settings(smtp_url="")) is None


def test_ports_follow_the_scheme(tmp_path: Path) -> None:
    plain = MailServer.of(Settings(smtp_url="smtp://mail.example", smtp_from=FROM))
    given = Settings(
        smtp_url="smtps://desk%40firm@mail.example", smtp_from=FROM, smtp_password_file=tmp_path
    )
    encrypted = MailServer.of(given)
    assert plain is not None
    assert encrypted is not None
    assert (plain.port, plain.is_encrypted) == (587, False)
    assert (encrypted.port, encrypted.is_encrypted, encrypted.user) == (465, True, "desk@firm")


@pytest.mark.parametrize(
    ("url", "sender", "why"),
    [
        ("http://mail.example", FROM, "must be smtp://"),
        ("smtp://", FROM, "must be smtp://"),
        ("smtp://desk:secret@mail.example", FROM, "holds a password"),
        ("smtp://desk@mail.example", FROM, "is missing"),
        ("smtp://mail.example", "", "PATRIOT_SMTP_FROM"),
    ],
)
def test_an_unsafe_or_half_setting_is_refused(url: str, sender: str, why: str) -> None:
    with pytest.raises(Refused, match=why) as refused:
        MailServer.of(Settings(smtp_url=url, smtp_from=sender))
    assert "secret" not in str(refused.value)
