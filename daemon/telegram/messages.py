"""What the bot says of the chat itself, in the language of who reads it; the words are data."""

from html import escape

from daemon.telegram.words import CATALOGUE, label, say
from daemon.telegram.words.refusals import refusal
from patriot_app.core.services.telegram.sign_ins import Asking

MENU = ("start", "help", "unlink")
"""The menu of every chat whose person is not known."""


def menu(language: str) -> list[tuple[str, str]]:
    """Return the commands of that menu, each with what it does."""
    return [(name, label(language, f"menu.{name}")) for name in MENU]


def told_language(code: str | None) -> str:
    """Return the language in which a stranger is answered: that of his Telegram, if it is ours.

    Args:
        code: an IETF tag such as "uk" or "ru-RU", or nothing.
    """
    language = (code or "").partition("-")[0].lower()
    return language if language in CATALOGUE else "en"


def service(language: str, key: str) -> str:
    """Return one of the texts "service.…"."""
    return say(language, f"service.{key}")


def help_of_stranger(language: str) -> str:
    """Return what somebody who is not connected can do here."""
    return f"{service(language, 'help')}\n\n{say(language, 'help.warning')}"


def unknown(language: str, *, is_connected: bool) -> str:
    """Return the answer to what the bot does not understand."""
    then = help_of_stranger(language) if is_connected else service(language, "stranger")
    return f"{service(language, 'unknown')}\n\n{then}"


def refused(language: str, why: str) -> str:
    """Return why something was not done."""
    return escape(refusal(language, why))


def registration(language: str, link: str) -> str:
    """Return the way to the registration."""
    return say(language, "service.registration", link=link)


def ask_sign_in(language: str, asking: Asking) -> str:
    """Return the question whether it is he who signs in."""
    return say(
        language,
        "service.ask_sign_in",
        device=asking.device,
        ip=asking.ip,
        began=f"{asking.began_at:%Y-%m-%d %H:%M:%S}",
        ends=f"{asking.ends_at:%H:%M:%S}",
    )
