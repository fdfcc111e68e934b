"""Send e-mail through the desk's own mail server.

The standard library's client blocks, so it runs in a thread; a connection serves a batch.
Encryption is not optional away from this machine: `smtp://` upgrades by STARTTLS, `smtps://` starts
with it, and a password never crosses an open line.
"""

import asyncio
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from daemon import mail_text
from patriot_app.core.domain.parcels import headline
from patriot_app.core.errors import Refused
from patriot_app.core.services.notifications import DueMail
from patriot_app.core.settings import Settings

TIMEOUT_S = 15.0
PORTS = {"smtp": 587, "smtps": 465}
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Why the server did not take a message.

    Attributes:
        is_final: it never will.
    """

    why: str
    is_final: bool


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes out; the password is read from its file at each connection.

    Attributes:
        sender: "PATRIOT <desk@firm.example>".
    """

    host: str
    port: int
    is_encrypted: bool
    user: str
    password_file: Path | None
    sender: str
    public_url: str

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """Return the server of the settings; None if there is none.

        Raises:
            Refused: half a configuration, a password in the URL, or an unknown scheme.
        """
        if not settings.smtp_url:
            return None
        url = urlsplit(settings.smtp_url)
        if url.scheme not in PORTS or not url.hostname:
            raise Refused("PATRIOT_SMTP_URL must be smtp://host[:port] or smtps://host[:port]")
        if url.password is not None:
            raise Refused("PATRIOT_SMTP_URL holds a password: use PATRIOT_SMTP_PASSWORD_FILE")
        if "@" not in parseaddr(settings.smtp_from)[1]:
            raise Refused("PATRIOT_SMTP_FROM must be the address that mail is sent from")
        if url.username and settings.smtp_password_file is None:
            raise Refused("PATRIOT_SMTP_URL names a user: PATRIOT_SMTP_PASSWORD_FILE is missing")
        return cls(
            host=url.hostname,
            port=url.port or PORTS[url.scheme],
            is_encrypted=url.scheme == "smtps",
            user=unquote(url.username or ""),
            password_file=settings.smtp_password_file,
            sender=settings.smtp_from,
            public_url=settings.public_url,
        )

    async def send(self, mails: Sequence[DueMail]) -> list[NotTaken | None]:
        """Send messages over one connection; return for each what went wrong, None if nothing."""
        return await asyncio.to_thread(self._send, mails)

    def _send(self, mails: Sequence[DueMail]) -> list[NotTaken | None]:
        results: list[NotTaken | None] = []
        try:
            with self._connect() as connection:
                for mail in mails:
                    results.append(self._send_one(connection, mail))
        except (OSError, smtplib.SMTPException) as error:
            # The rest waits for the next connection; QUIT after the last message may fail freely.
            rest = len(mails) - len(results)
            results += [NotTaken(_words(error), is_final=False)] * rest
        return results

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.is_encrypted:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=TIMEOUT_S, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_S)
        try:
            if not self.is_encrypted and self.host not in LOOPBACK:
                server.starttls(context=context)
            if self.user:
                server.ehlo_or_helo_if_needed()
                server.login(self.user, self._password())
        except BaseException:
            server.close()
            raise
        return server

    def _send_one(self, connection: smtplib.SMTP, mail: DueMail) -> NotTaken | None:
        try:
            message = self._message(mail)
        except ValueError as error:  # an address that no header can hold
            return NotTaken(f"Cannot be written: {error}", is_final=True)
        try:
            connection.send_message(message)
        except smtplib.SMTPNotSupportedError as error:
            return NotTaken(_words(error), is_final=True)
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            return NotTaken(f"{code} {_decoded(words)}", is_final=code >= 500)
        except smtplib.SMTPResponseException as error:
            return NotTaken(_words(error), is_final=500 <= error.smtp_code < 600)
        return None

    def _message(self, mail: DueMail) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = formataddr((_line(mail.name), mail.email))
        message["Subject"] = _line(f"[{mail.severity}] {headline(mail)}")
        message["Date"] = format_datetime(mail.created_at)
        # The row's id at every attempt: a mailbox shows a repetition once.
        message["Message-ID"] = f"<{mail.id}@{parseaddr(self.sender)[1].partition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        if mail.is_silent:
            message["Importance"] = "low"
        message.set_content(mail_text.plain(mail, public_url=self.public_url))
        message.add_alternative(mail_text.html(mail, public_url=self.public_url), subtype="html")
        return message

    def _password(self) -> str:
        assert self.password_file is not None
        return self.password_file.read_text().strip()


def _line(text: str) -> str:
    """Return text that can stand in a header."""
    return " ".join(text.split())


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        # Its own words may repeat what it was sent.
        return f"{error.smtp_code} The mail server refuses the user or the password"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_decoded(error.smtp_error)}"
    return f"{type(error).__name__}: {error}"


def _decoded(words: bytes | str) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else words
