"""The form of a limit or an override: what it holds, what it proposes, what its trial says."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pydantic

from patriot_app.core.domain.risk_limits import (
    BreachReach,
    LimitName,
    LimitScope,
    Response,
    RiskLimit,
)
from patriot_app.core.queries.limit_trials import LimitTrial
from patriot_app.web import format
from patriot_app.web.console.risk.rows import in_words, label_of

ACTIONS = {
    "": "The usual of the limit",
    Response.NOTIFY.value: "Tell desk and client",
    Response.PAUSE.value: "Pause entries until it is over",
    Response.HALT.value: "Halt trading until a person lifts it",
    Response.HALVE.value: "Close half of each position",
    Response.FLATTEN.value: "Close all positions",
}
REACHES = {
    BreachReach.ACCOUNT.value: "The account",
    BreachReach.STRATEGY.value: "The account's strategies",
    BreachReach.CLIENT.value: "The client",
    BreachReach.DESK.value: "The whole desk",
}


class LimitForm(pydantic.BaseModel):
    """A limit as it is set; fractions and multiples as such, notionals in USDT."""

    subject: str = pydantic.Field(default="", max_length=40)
    name: LimitName
    value: Decimal = pydantic.Field(gt=0)
    hours: int | None = pydantic.Field(default=None, ge=1, le=168)
    action: Response | None = None
    reach: BreachReach = BreachReach.ACCOUNT
    reason: str = pydantic.Field(min_length=5, max_length=500)

    @pydantic.field_validator("hours", "action", mode="before")
    @classmethod
    def _read_choice(cls, value: Any) -> Any:
        return None if value is None else str(value).strip() or None

    def limit(self, scope: str, subject: UUID | None) -> RiskLimit:
        """Return the limit that is meant."""
        return RiskLimit(
            scope=LimitScope(scope),
            scope_id=subject,
            name=self.name,
            value=self.value,
            is_override=self.hours is not None,
            action=self.action,
            reach=self.reach,
        )

    def payload(self, scope: str, subject: str, *, now: datetime) -> dict[str, str]:
        """Return what is proposed; an override ends so many hours from now."""
        ends = None if self.hours is None else now + timedelta(hours=self.hours)
        return {
            "scope": scope,
            "scope_id": subject,
            "name": self.name.value,
            "value": str(self.value),
            "expires_at": "" if ends is None else ends.isoformat(),
            "action": "" if self.action is None else self.action.value,
            "reach": self.reach.value,
        }

    def after(self) -> str:
        """Return what would be set, in words."""
        words = in_words(self.name.value, self.value)
        return words if self.hours is None else f"{words} for {self.hours} h"

    def named(self) -> str:
        """Return what people call it."""
        label = label_of(self.name.value)
        return label if self.hours is None else f"Override: {label}"


def trial_text(found: LimitTrial) -> str:
    """Say what a limit would have done, and that it is not set yet."""
    said = []
    if found.orders is not None:
        run = found.orders
        said.append(
            f"Of {format.count(run.orders)} opening orders of the last 24 hours it would have"
            f" refused {format.count(run.refused)}, on {format.count(run.accounts)} accounts."
        )
        if run.unknown:
            said.append(f"On {format.count(run.unknown)} it cannot be tried.")
    if found.measured is not None:
        said.append(
            f"Of {format.count(found.measured)} accounts measured now"
            f" {format.count(found.breaching)} would be in breach."
        )
    said.append("Nothing is set yet.")
    return " ".join(said)


def signature(form: LimitForm, scope: str) -> str:
    """Return what a trial was about, without the reason."""
    values: dict[str, Any] = form.model_dump(mode="json", exclude={"reason"})
    return "|".join([scope, *(str(value) for value in values.values())])
