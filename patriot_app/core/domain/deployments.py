"""A deployment: a strategy version on a set of accounts."""

from enum import StrEnum


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
