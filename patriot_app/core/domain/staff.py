"""Who may hold which roles of the desk, and until when."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta

from patriot_app.core.domain.permissions import STAFF_ROLES, Role
from patriot_app.core.errors import Invalid

AUDIT_LASTS_MAX = timedelta(days=366)


def check_roles(
    roles: Collection[Role], *, access_until: datetime | None, now: datetime
) -> frozenset[Role]:
    """Return roles that one person of the desk may hold together.

    An auditor only reads and only for a time, so he holds nothing else and has an end.

    Args:
        access_until: the auditor's end, None for everybody else.

    Raises:
        Invalid: fields "roles" and "access_until".
    """
    wanted = frozenset(roles)
    if not wanted or not wanted <= STAFF_ROLES:
        raise Invalid({"roles": "Choose at least one role of the desk"})
    if Role.AUDITOR not in wanted:
        if access_until is not None:
            raise Invalid({"access_until": "Only an auditor's access has an end"})
        return wanted
    if len(wanted) > 1:
        raise Invalid({"roles": "An auditor only reads; he holds no other role"})
    if access_until is None or not now < access_until <= now + AUDIT_LASTS_MAX:
        raise Invalid({"access_until": "Say until when, at most a year from now"})
    return wanted


def end_of_day(day: str) -> datetime | None:
    """Return the end of an auditor's last day in UTC; None for no day.

    Args:
        day: as it is typed, such as "2026-05-04".

    Raises:
        Invalid: field "access_until".
    """
    if not day.strip():
        return None
    try:
        last = date.fromisoformat(day.strip())
    except ValueError as error:
        raise Invalid({"access_until": "The last day must be one such as 2026-05-04"}) from error
    return datetime.combine(last, time(), tzinfo=UTC) + timedelta(days=1)
