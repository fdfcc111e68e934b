"""Equity over time."""

from enum import StrEnum


class SnapshotKind(StrEnum):
    SCHEDULED = "scheduled"
    TRIGGERED = "triggered"
    MANUAL = "manual"
    REBALANCE = "rebalance"


class SnapshotResolution(StrEnum):
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
