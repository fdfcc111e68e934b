"""People and their states."""

import re
from collections.abc import Collection
from enum import StrEnum

from patriot_app.core.domain.permissions import STAFF_ROLES, Role
from patriot_app.core.errors import Invalid

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_EMAIL_LENGTH_MAX = 254


class UserStatus(StrEnum):
    PENDING_VERIFICATION = "pending_verification"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


TRANSITIONS = {
    UserStatus.PENDING_VERIFICATION: frozenset({UserStatus.ACTIVE, UserStatus.CLOSED}),
    UserStatus.ACTIVE: frozenset({UserStatus.SUSPENDED, UserStatus.CLOSED}),
    UserStatus.SUSPENDED: frozenset({UserStatus.ACTIVE, UserStatus.CLOSED}),
    UserStatus.CLOSED: frozenset(),
}


_CUSTOMERS_IN = frozenset(
    {UserStatus.PENDING_VERIFICATION, UserStatus.ACTIVE, UserStatus.SUSPENDED}
)


def may_sign_in(status: str, roles: Collection[str]) -> bool:
    """Tell whether a person may sign in.

    A customer who waits for approval or is suspended still sees what is his; members of the desk
    act on other people's money and are shut out at once.
    """
    is_staff = any(Role(role) in STAFF_ROLES for role in roles)
    return status == UserStatus.ACTIVE if is_staff else status in _CUSTOMERS_IN


class RiskProfile(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    ULTRA_HIGH = "ultra_high"


def mask_email(email: str) -> str:
    """Return an address by which one recognises a person and cannot write to him."""
    name, _, host = email.partition("@")
    return f"{name[:1]}•••@{host[:1]}•••{host[host.rfind('.') :] if '.' in host else ''}"


def normalise_email(email: str) -> str:
    """Return an address as it is stored: lower case, without blanks around.

    Raises:
        Invalid: field "email".
    """
    address = email.strip().lower()
    if len(address) > _EMAIL_LENGTH_MAX or not _EMAIL.fullmatch(address):
        raise Invalid({"email": "This is not an e-mail address"})
    return address
