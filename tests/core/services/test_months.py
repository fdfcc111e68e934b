"""A mandate from its first ledger row to the last cent of its invoices, as the daemon and the desk
bring it about (FEES.md)."""

from datetime import UTC, date, datetime

import pytest

from patriot_app.core.domain.invoices import FeePeriodStatus

pytestmark = pytest.mark.usefixtures("as_daemon_and_web")

MONTHS = [datetime(2026, month, 1, tzinfo=UTC) for month in range(1, 5)]
S = FeePeriodStatus
DAY = date(2026, 5, 1)
