"""What is typed about a member of the team."""

import pydantic

from patriot_app.core.domain.permissions import STAFF_ROLES, Role


class RolesForm(pydantic.BaseModel):
    """The roles that a person holds from now on, one box each, and an auditor's last day."""

    support: bool = False
    fund_manager: bool = False
    compliance: bool = False
    admin: bool = False
    auditor: bool = False
    access_until: str = pydantic.Field(default="", max_length=10)
    reason: str = pydantic.Field(min_length=1, max_length=500)

    def roles(self) -> frozenset[Role]:
        """Return what is ticked."""
        return frozenset(role for role in STAFF_ROLES if getattr(self, role.value))
