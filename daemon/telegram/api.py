"""Where Telegram is, and the token that makes this process the bot."""

from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.utils.token import TokenValidationError

from patriot_app.core.errors import Refused
from patriot_app.core.settings import Settings

REQUEST_TIMEOUT_S = 10
"""For everything but the waiting for messages, which takes so much longer as it may wait."""


def open_bot(settings: Settings) -> Bot:
    """Return the bot of the settings; the caller closes its session.

    Raises:
        Refused: no token, one that others may read, or an address that would show it to others.
    """
    session = AiohttpSession(
        api=TelegramAPIServer.from_base(_checked(settings.telegram_url)),
        timeout=REQUEST_TIMEOUT_S,
    )
    try:
        return Bot(
            _token(settings.telegram_token_file),
            session=session,
            default=DefaultBotProperties(
                parse_mode=ParseMode.HTML, link_preview_is_disabled=True, protect_content=True
            ),
        )
    except TokenValidationError as error:
        raise Refused("PATRIOT_TELEGRAM_TOKEN_FILE holds no token of a bot") from error


def _token(path: Path | None) -> str:
    if path is None:
        raise Refused("PATRIOT_TELEGRAM_TOKEN_FILE is not set: this desk has no bot")
    if not path.is_file():
        raise Refused(f"PATRIOT_TELEGRAM_TOKEN_FILE: no file {path}")
    if path.stat().st_mode & 0o077:
        raise Refused(
            f"PATRIOT_TELEGRAM_TOKEN_FILE: {path} must be readable by its owner alone (0400)"
        )
    return path.read_text(encoding="utf-8").strip()


def _checked(url: str) -> str:
    """Return the address of the Bot API: the token is part of each path, so it must be closed."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return url.rstrip("/")
    raise Refused("PATRIOT_TELEGRAM_URL must be https, or http on this machine's loopback")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
