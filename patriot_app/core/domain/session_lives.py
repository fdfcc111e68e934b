"""How long a signed-in browser may stay: while it is used, and at most."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class SessionLife:
    """When a session ends.

    Attributes:
        idle: without an act of the person.
        whole: counted from the sign-in, whatever was done.
    """

    idle: timedelta
    whole: timedelta


def session_life(
    *,
    is_staff: bool,
    staff_idle_s: int,
    staff_session_s: int,
    client_idle_s: int,
    client_session_s: int,
) -> SessionLife:
    """Return the life of a person's session; staff, who can move other people's money, get less."""
    idle_s, whole_s = (
        (staff_idle_s, staff_session_s) if is_staff else (client_idle_s, client_session_s)
    )
    return SessionLife(idle=timedelta(seconds=idle_s), whole=timedelta(seconds=whole_s))
