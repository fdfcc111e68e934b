"""Past-tense facts: the audit trail and the trigger of notifications."""

from enum import StrEnum


class Severity(StrEnum):
    INFO = "info"
    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"
