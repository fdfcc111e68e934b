"""Wake people for lost keys.

Why: an account whose key does not work any more cannot even be closed; that is an incident.
Forward: one more kind of incident.
Back: drops incidents of that kind with whom they woke.

Revision: 0032
Follows: 0031
"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

BEFORE = "'halt', 'cold_mode', 'unprotected', 'parked', 'not_trading'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _allow(f"{BEFORE}, 'key_lost'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "DELETE FROM incident_pages WHERE incident_id IN"
        " (SELECT id FROM incidents WHERE kind = 'key_lost')"
    )
    op.execute("DELETE FROM incidents WHERE kind = 'key_lost'")
    _allow(BEFORE)


def _allow(kinds: str) -> None:
    op.drop_constraint(op.f("ck_incidents_kind"), "incidents", type_="check")
    op.create_check_constraint(op.f("ck_incidents_kind"), "incidents", f"kind IN ({kinds})")
