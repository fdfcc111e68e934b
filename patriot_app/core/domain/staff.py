"""Who may hold which roles of the desk, and until when."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta

from patriot_app.core.domain.permissions import STAFF_ROLES, Role
from patriot_app.core.errors import Invalid, Refused

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


def need_held(giver: Collection[Role], given: Collection[Role]) -> None:
    """Refuse roles that whoever gives them does not hold himself; an auditor only reads.

    Raises:
        Refused: names the roles.
    """
    beyond = set(given) - set(giver) - {Role.AUDITOR}
    if beyond:
        raise Refused(f"You cannot give a role that you do not hold: {', '.join(sorted(beyond))}")


def need_agreed(roles: Collection[str], *, is_agreed: bool) -> bool:
    """Refuse one person alone where an administrator comes or goes; return whether one does.

    Args:
        roles: of the person, or those that he would get or lose.

    Raises:
        Refused: there is an administrator among them, and no second person agreed.
    """
    is_about_administrator = Role.ADMIN in roles
    if is_about_administrator and not is_agreed:
        raise Refused("Who is or ceases to be an administrator takes two persons; propose it")
    return is_about_administrator


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
