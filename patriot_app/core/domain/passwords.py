"""What a password must be: long, and not made of what everybody knows of its owner."""

from patriot_app.core.errors import Invalid

CLIENT_LENGTH_MIN = 12
STAFF_LENGTH_MIN = 15
LENGTH_MAX = 200
DISTINCT_MIN = 5


def validate_password(password: str, *, email: str, is_staff: bool) -> None:
    """Check a new password.

    Length and spread are asked for and no kinds of characters: those make passwords alike.

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
    return ""
