"""What a password must be: long, and not made of what everybody knows of its owner."""

from patriot_app.core.domain.common_passwords import LONG, WORDS
from patriot_app.core.errors import Invalid

CLIENT_LENGTH_MIN = 12
STAFF_LENGTH_MIN = 15
LENGTH_MAX = 200
DISTINCT_MIN = 5
_ROWS = ("1234567890" * 3, "qwertyuiopasdfghjklzxcvbnm" * 2, "abcdefghijklmnopqrstuvwxyz" * 2)
_LOOKALIKES = str.maketrans("013457@$!", "oieastasi")


def validate_password(password: str, *, email: str, is_staff: bool) -> None:
    """Check a new password.

    Length and spread are asked for and no kinds of characters: those make passwords alike. What is
    tried first by everybody is refused, also when digits or lookalikes make it longer.

    Raises:
        Invalid: field "password".

    Source: OWASP ASVS 5.0, 6.2.
    """
    problem = _problem(password, email=email, length_min=_length_min(is_staff=is_staff))
    if problem:
        raise Invalid({"password": problem})


def _length_min(*, is_staff: bool) -> int:
    return STAFF_LENGTH_MIN if is_staff else CLIENT_LENGTH_MIN


def _problem(password: str, *, email: str, length_min: int) -> str:
    lowered = password.lower()
    if len(password) < length_min:
        return f"At least {length_min} characters, please"
    if len(password) > LENGTH_MAX:
        return f"At most {LENGTH_MAX} characters, please"
    if len(set(lowered)) < DISTINCT_MIN:
        return f"At least {DISTINCT_MIN} different characters, please"
    name = email.partition("@")[0].lower()
    if len(name) >= DISTINCT_MIN and name in lowered:
        return "It must not contain your e-mail address"
    if is_common(lowered):
        return (
            "Everybody tries this one first; take three or four words that do not belong together"
        )
    return ""


def is_common(password: str) -> bool:
    """Tell whether a password is a well-known one, or one with something put before or after it."""
    lowered = password.lower()
    if lowered in LONG or any(lowered in row or lowered[::-1] in row for row in _ROWS):
        return True
    core = lowered.strip("0123456789!?.,-_*#$@+ ")
    return any(_is_made_of_words(text) for text in {lowered, core.translate(_LOOKALIKES)})


def _is_made_of_words(text: str) -> bool:
    """Tell whether the letters are one or two common words and nothing else."""
    letters = "".join(part for part in text if part.isalpha())
    if letters in WORDS or letters in LONG:
        return True
    return any(
        letters[:at] in WORDS and letters[at:] in WORDS for at in range(4, max(4, len(letters) - 3))
    )
