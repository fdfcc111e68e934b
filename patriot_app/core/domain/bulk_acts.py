"""What is done to many clients, accounts or deployments at once, and to which it can be done."""

from dataclasses import dataclass
from enum import StrEnum

from patriot_app.core.domain.accounts import AccountStatus
from patriot_app.core.domain.deployments import DeploymentStatus
from patriot_app.core.domain.users import RiskProfile, UserStatus


class ClientAct(StrEnum):
    """An act on clients; those that set a risk profile name it."""

    APPROVE = "approve"
    SUSPEND = "suspend"
    REACTIVATE = "reactivate"
    PROFILE_LOW = "profile_low"
    PROFILE_MEDIUM = "profile_medium"
    PROFILE_HIGH = "profile_high"
    PROFILE_ULTRA_HIGH = "profile_ultra_high"

    @property
    def profile(self) -> RiskProfile | None:
        """The risk profile that it sets."""
        name = self.value.removeprefix("profile_")
        return RiskProfile(name) if name != self.value else None


class AccountAct(StrEnum):
    """An act on accounts."""

    SUSPEND = "suspend"
    ACTIVATE = "activate"


class DeploymentAct(StrEnum):
    """An act on deployments."""

    PAUSE = "pause"
    RESUME = "resume"


class AssignmentAct(StrEnum):
    """An act on accounts and the one deployment that was chosen."""

    ASSIGN = "assign"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an act will be done to one row; `why_not` says why it is skipped, "" that it is not."""

    id: str
    name: str
    why_not: str

    @property
    def is_due(self) -> bool:
        """Tell whether it will be done."""
        return not self.why_not


_CLIENT_WANTS = {
    ClientAct.APPROVE: UserStatus.PENDING_VERIFICATION,
    ClientAct.SUSPEND: UserStatus.ACTIVE,
    ClientAct.REACTIVATE: UserStatus.SUSPENDED,
}
_WORDS = {
    "pending_verification": "Awaits approval",
    "active": "Is active",
    "suspended": "Is suspended",
    "closed": "Is closed",
    "disabled": "Is disabled",
}


def client_problem(act: ClientAct, *, status: UserStatus, profile: RiskProfile) -> str:
    """Return why an act cannot be done to a client; empty if it can."""
    if act.profile is not None:
        if status is UserStatus.CLOSED:
            return _WORDS[status.value]
        return "Has this profile already" if profile is act.profile else ""
    return "" if status is _CLIENT_WANTS[act] else _WORDS[status.value]


def account_problem(
    act: AccountAct, *, status: AccountStatus, client_status: UserStatus, has_key: bool
) -> str:
    """Return why an act cannot be done to an account; empty if it can."""
    if act is AccountAct.SUSPEND:
        return "" if status is AccountStatus.ACTIVE else _WORDS[status.value]
    if status is AccountStatus.ACTIVE:
        return _WORDS[status.value]
    if client_status is not UserStatus.ACTIVE:
        return f"Its client: {_WORDS[client_status.value].lower()}"
    return "" if has_key else "Has no verified key"


_DEPLOYMENT_WANTS = {
    DeploymentAct.PAUSE: DeploymentStatus.RUNNING,
    DeploymentAct.RESUME: DeploymentStatus.PAUSED,
}


def deployment_problem(act: DeploymentAct, *, status: DeploymentStatus) -> str:
    """Return why an act cannot be done to a deployment; empty if it can."""
    if status is _DEPLOYMENT_WANTS[act]:
        return ""
    return f"Is {status.value.replace('_', ' ')}"


def assignment_problem(
    act: AssignmentAct, *, status: AccountStatus, is_in: bool, held_by: str, money_problem: str
) -> str:
    """Return why an account cannot be given to a deployment, or taken out of it; empty if it can.

    Args:
        is_in: it is in this deployment already.
        held_by: which of its symbols belong to which other deployment, in words; "" none.
        money_problem: why its money is not enough to begin with; "" if it is.
    """
    if act is AssignmentAct.RELEASE:
        return "" if is_in else "Is not in this deployment"
    if is_in:
        return "Is in this deployment already"
    if status is not AccountStatus.ACTIVE:
        return _WORDS[status.value]
    if held_by:
        return held_by
    return money_problem[:1].upper() + money_problem[1:]
