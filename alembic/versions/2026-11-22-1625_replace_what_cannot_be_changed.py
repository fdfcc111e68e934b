"""Replace an entry that its exchange does not change.

Why: some orders can be changed no more; then only a cancel and a new order give what is wanted.
Forward: three states of an amendment; intents.replaces, the first entry of a chain of replacements.
Back: drops them; a replacement under way is given up, one that is over was applied or absent.

Revision: 0024
Follows: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

STATES = ("created", "void", "sending", "unknown", "applied", "rejected", "absent")
MORE = ("replacing", "replaced", "withdrawn")
LIVE = ("created", "sending", "unknown")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("intents", sa.Column("replaces", sa.Uuid()))
    op.create_foreign_key(op.f("fk_intents_replaces"), "intents", "intents", ["replaces"], ["id"])
    op.create_index(
        "ix_intents_replaces",
        "intents",
        ["replaces"],
        postgresql_where=sa.text("replaces is not null"),
    )
    _allow((*STATES, *MORE), live=(*LIVE, "replacing"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("UPDATE amendments SET state = 'applied' WHERE state = 'replaced'")
    op.execute("UPDATE amendments SET state = 'absent' WHERE state IN ('replacing', 'withdrawn')")
    _allow(STATES, live=LIVE)
    op.drop_index("ix_intents_replaces", "intents")
    op.drop_constraint(op.f("fk_intents_replaces"), "intents")
    op.drop_column("intents", "replaces")


def _allow(states: tuple[str, ...], *, live: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_amendments_state"), "amendments")
    op.create_check_constraint(
        op.f("ck_amendments_state"), "amendments", f"state IN ({_listed(states)})"
    )
    op.drop_index("uq_amendments_live", "amendments")
    op.create_index(
        "uq_amendments_live",
        "amendments",
        ["attempt_id"],
        unique=True,
        postgresql_where=sa.text(f"state in ({_listed(live)})"),
    )


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)
