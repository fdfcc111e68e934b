"""In which language somebody is answered where no screen was made for him."""

from aiogram.types import User

from daemon.telegram import messages
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries import notification_preferences


async def language_of(person: Actor | None, user: User | None) -> str:
    """Return what a connected person chose, and the language of a stranger's Telegram."""
    if person is None:
        return language_of_stranger(user)
    return (await notification_preferences.own(person)).settings.language.value


def language_of_stranger(user: User | None) -> str:
    """Return the language of a Telegram account, English if it is none of ours."""
    return messages.told_language(None if user is None else user.language_code)
