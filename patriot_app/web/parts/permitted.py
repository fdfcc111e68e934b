"""Why an act is not offered to the person of this event; the handler checks it again."""

from patriot_app.core.domain.permissions import Permission, can
from patriot_app.web.auth import current_actor


def lacking(permission: Permission) -> str:
    """Return what a disabled button says, or "" if the person may."""
    if can(current_actor(), permission):
        return ""
    return f"Needs the permission {permission.value}"
