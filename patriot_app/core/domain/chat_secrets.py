"""Does a chat message look like a secret? Chats are no place for them: they stay on every device.

A false alarm costs a deleted message and one sentence; a miss costs a key. So what could be one is
taken for one.
"""

import re
from itertools import pairwise

_MARKED = re.compile(
    r"(?i)\b(?:pass(?:word|wort|phrase|code)?|пароль|secret|api[ _-]?(?:key|secret)|private[ _-]?key"
    r"|seed|mnemonic|token)\b\s*(?:is|[:=])\s*\S{4,}"
)
_PEM = re.compile(r"-----BEGIN [A-Z ]+-----")
_BOT_TOKEN = re.compile(r"\b\d{8,12}:[A-Za-z0-9_-]{30,}")
_RUN = re.compile(r"[A-Za-z0-9_+/=-]{16,}")
_HEX = re.compile(r"(?i)[0-9a-f]{32,}")
_CODE_SHAPED = re.compile(r"\d{6}")
"""What an authenticator app shows: good for seconds, but not in a chat."""
_PASSWORD_LENGTHS = range(12, 65)
_UUID = re.compile(r"(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_WORDS_OF_A_SEED = range(12, 25)


def looks_like_a_secret(text: str) -> bool:
    """Tell whether a message holds what may be an API key, a password or a code."""
    if _MARKED.search(text) or _PEM.search(text) or _BOT_TOKEN.search(text):
        return True
    if any(map(_is_random, _RUN.findall(_UUID.sub(" ", text)))):
        return True
    words = text.split()
    if len(words) == 1:
        return _CODE_SHAPED.fullmatch(text.strip()) is not None or _is_password(words[0])
    return _is_seed(words)


def _is_random(run: str) -> bool:
    """Tell letters and digits mixed as chance mixes them, which no word or number does."""
    if _HEX.fullmatch(run):
        return True
    kinds = [_kind(char) for char in run]
    changes = sum(a != b for a, b in pairwise(kinds))
    if "digit" in kinds:
        return len(set(kinds)) > 1 and changes >= len(run) // 4
    return {"lower", "upper"} <= set(kinds) and changes >= len(run) // 3


def _is_password(word: str) -> bool:
    if len(word) not in _PASSWORD_LENGTHS or word.startswith(("/", "http://", "https://", "@")):
        return False
    kinds = {_kind(char) for char in word}
    return len(kinds) >= 3


def _is_seed(words: list[str]) -> bool:
    """Tell a wallet's phrase: many short lower-case words and nothing else."""
    return len(words) in _WORDS_OF_A_SEED and all(
        3 <= len(word) <= 8 and word.isascii() and word.isalpha() and word.islower()
        for word in words
    )


def _kind(char: str) -> str:
    if char.isdigit():
        return "digit"
    if char.isalpha():
        return "upper" if char.isupper() else "lower"
    return "sign"
