"""Bring a message into the form in which sentences are compared."""

import re
import unicodedata

LENGTH_MAX = 400
"""Characters of a message that are looked at; nobody asks a question longer than that."""

_APOSTROPHES = re.compile(r"['’ʼ`´]")
_CYRILLIC = re.compile(r"[а-яіїєґ]")
_UKRAINIAN = re.compile(r"[іїєґ]")
_RUSSIAN = re.compile(r"[ыэъё]")
_NOT_SAID = re.compile(r"[^\w%§.,:+/ -]+")
_MARKS = re.compile(r"(?<!\d)[.,:/-]|[.,:/-](?!\d)")
_SPACES = re.compile(r"\s+")
_STRETCHED = re.compile(r"([^\W\d])\1{2,}")

_UKRAINIAN_WORDS = frozenset(
    """
    що як чому чого який яка яке які мене мій моя моє мої покажи скільки чи де та але буде дай
    зараз сьогодні вчора тиждень угоди рахунок гроші постав зупини закрий
    """.split()  # noqa: SIM905 - a list of words
)
_RUSSIAN_WORDS = frozenset(
    """
    что как почему чего какой какая какое какие меня мой моя мое мои покажи сколько где но будет
    сейчас сегодня вчера неделя сделки счет деньги поставь останови закрой
    """.split()  # noqa: SIM905 - a list of words
)


def normalise(text: str) -> str:
    """Return the message in small letters, without marks that carry no meaning.

    "Ё" becomes "е" and apostrophes go, since half of the people leave them out; a letter that is
    held down counts twice at most.
    """
    told = unicodedata.normalize("NFKC", text[:LENGTH_MAX]).casefold().replace("ё", "е")
    told = _NOT_SAID.sub(" ", _APOSTROPHES.sub("", told))
    told = _STRETCHED.sub(r"\1\1", _MARKS.sub(" ", told))
    return _SPACES.sub(" ", told.replace("§", "")).strip()


def language_of(text: str, *, otherwise: str = "en") -> str:
    """Return "en", "uk" or "ru" by letters and frequent words; `otherwise` where nothing tells."""
    told = text.casefold()
    if not _CYRILLIC.search(told):
        return "en" if re.search(r"[a-z]{2}", told) else otherwise
    words = set(re.findall(r"\w+", told))
    ukrainian = len(_UKRAINIAN.findall(told)) + len(words & _UKRAINIAN_WORDS)
    russian = len(_RUSSIAN.findall(told)) + len(words & _RUSSIAN_WORDS)
    if ukrainian == russian:
        return otherwise if otherwise in ("uk", "ru") else "uk"
    return "uk" if ukrainian > russian else "ru"
