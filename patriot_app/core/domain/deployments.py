"""A deployment: a strategy version on a set of accounts."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from patriot_app.core.errors import Invalid

NAME_LENGTH_MAX = 120
SYMBOLS_MAX = 50
Shares = Mapping[UUID, Decimal]
"""Part of each account's equity, 0 < share <= 1."""


class DeploymentStatus(StrEnum):
    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


TRANSITIONS = {
    DeploymentStatus.DRAFT: frozenset({DeploymentStatus.RUNNING, DeploymentStatus.STOPPED}),
    DeploymentStatus.RUNNING: frozenset({DeploymentStatus.PAUSED, DeploymentStatus.STOPPED}),
    DeploymentStatus.PAUSED: frozenset({DeploymentStatus.RUNNING, DeploymentStatus.STOPPED}),
    DeploymentStatus.STOPPED: frozenset(),
}


def validate_deployment(name: str, symbols: Sequence[str], shares: Shares) -> None:
    """Check what a deployment is made of.

    Raises:
        Invalid: by field.
    """
    fields: dict[str, str] = {}
    if not name.strip() or len(name.strip()) > NAME_LENGTH_MAX:
        fields["name"] = f"Please give a name of at most {NAME_LENGTH_MAX} characters"
    if not symbols or len(symbols) > SYMBOLS_MAX:
        fields["symbols"] = f"Choose 1 to {SYMBOLS_MAX} symbols"
    if not shares:
        fields["accounts"] = "Choose at least one account"
    elif not all(0 < share <= 1 for share in shares.values()):
        fields["share"] = "A share is above 0 and at most 1"
    if fields:
        raise Invalid(fields)
