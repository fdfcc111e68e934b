"""Structured logs: one JSON object a line, fields by allow-list, secrets redacted.

Only named fields leave the process; free text passes a filter that removes what looks like a
signature, a key header or a bot token.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

from patriot_app.core import requests

FIELDS = frozenset(
    {
        "account_id",
        "client_order_id",
        "command_id",
        "correlation_id",
        "credential_id",
        "deployment_id",
        "error",
        "exchange",
        "job",
        "mode",
        "owner",
        "seconds",
        "shard",
        "signal_id",
        "symbol",
        "count",
        "incident",
        "event",
        "reason",
        "user_id",
    }
)
_SECRETS = re.compile(
    r"(?i)(signature=|x-mbx-apikey['\":= ]+|x-bapi-(?:sign|api-key)['\":= ]+|listenkey=|password=)"
    r"[^&\s'\",}]+"
)
_TOKENS = re.compile(r"\b[A-Za-z0-9]{64}\b|(?<!\d)\d{8,10}:[A-Za-z0-9_-]{35}")


def redact(text: str) -> str:
    """Remove what looks like a secret."""
    return _TOKENS.sub("***", _SECRETS.sub(r"\1***", text))


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON; line breaks in text cannot forge another record."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": redact(record.getMessage()),
        }
        if (request := requests.current()) is not None:
            entry["correlation_id"] = request.id
        for name in FIELDS & record.__dict__.keys():
            entry[name] = redact(str(record.__dict__[name]))
        if record.exc_info:
            entry["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


def configure(level: str) -> None:
    """Send this process's logs to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # ccxt and the HTTP clients log full requests, keys included, at DEBUG.
    for name in (
        *("ccxt", "aiohttp", "aiogram", "websockets"),
        *("apscheduler", "asyncio", "sqlalchemy"),
    ):
        logging.getLogger(name).setLevel(logging.WARNING)
