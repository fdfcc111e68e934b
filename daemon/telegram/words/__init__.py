"""Everything that screens say, in three languages; whoever adds a key adds it in all of them.

What is put into a text is escaped here and nowhere else, so that a name can hold no markup.
"""

from html import escape

from daemon.telegram.words import english, russian, service, support, ukrainian

ENGLISH_CODE = "en"
ENGLISH = english.ENGLISH | service.ENGLISH | support.ENGLISH
CATALOGUE = {
    ENGLISH_CODE: ENGLISH,
    "uk": ukrainian.UKRAINIAN | service.UKRAINIAN | support.UKRAINIAN,
    "ru": russian.RUSSIAN | service.RUSSIAN | support.RUSSIAN,
}


def say(language: str, key: str, /, **values: object) -> str:
    """Return a text with its values, which are shown as they are, whatever they hold.

    Args:
        language: "en", "uk" or "ru"; another one is answered in English.
    """
    words = CATALOGUE.get(language, ENGLISH)
    return words[key].format(**{name: escape(str(value)) for name, value in values.items()})


def label(language: str, key: str, /, **values: object) -> str:
    """Return a text for a button, where Telegram reads no markup."""
    words = CATALOGUE.get(language, ENGLISH)
    return words[key].format(**values)
