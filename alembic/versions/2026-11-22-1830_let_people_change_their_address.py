"""Let people change their address and see their own record.

Why: a person changes his e-mail himself, proved by a link to the new one; and he reads what
happened around his sign-in and his agreements, not only what he did himself.
Forward: email_changes, of whose links only hashes are kept; messages to such an address; the policy
of events names the kinds that a person may read about himself; an index for what somebody did.
Back: drops them.

Revision: 0041
Follows: 0040
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
STAFF = "(SELECT app_fence()) <> 'closed'"
VISITOR = "(SELECT app_scope()) = 'sign_in'"
ME = "(SELECT app_user_id())"
SHOWN = "id, email, expires_at, used_at"
FORMER = "num_nonnulls(user_id, contact_id, invitation_id) = 1"
RECIPIENT = "num_nonnulls(user_id, contact_id, invitation_id, email_change_id) = 1"
OWN_MESSAGE = f"{STAFF} OR user_id = {ME}"
OWN_CHANGE = f"email_change_id IN (SELECT c.id FROM email_changes AS c WHERE c.user_id = {ME})"
OWN_KINDS = (
    "UserRegistered",
    "UserStatusChanged",
    "RiskProfileChanged",
    "TermsAgreed",
    "SignedIn",
    "NewDeviceSeen",
    "SignedInAfterFailures",
    "SessionsEnded",
    "SteppedUp",
    "PasswordChanged",
    "PasswordLinkSent",
    "SecondFactorLocked",
    "SecondFactorReset",
    "RecoveryCodeUsed",
    "TokensIssued",
    "TokenFamilyEnded",
    "RefreshTokenReused",
    "ApiKeyRevoked",
    "UserEmailChangeAsked",
    "UserEmailChanged",
)
OWN_EVENTS = (
    f"actor_id = {ME} OR (subject_id = {ME} AND type = ANY (ARRAY["
    + ", ".join(f"'{kind}'" for kind in OWN_KINDS)
    + "]::text[]))"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "email_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("used_at", AT),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_email_changes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_changes")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_email_changes_token_hash")),
    )
    op.create_index(op.f("ix_email_changes_user_id"), "email_changes", ["user_id"])
    op.add_column("notifications", sa.Column("email_change_id", sa.Uuid()))
    op.create_foreign_key(
        op.f("fk_notifications_email_change_id"),
        "notifications",
        "email_changes",
        ["email_change_id"],
        ["id"],
    )
    _recipient(RECIPIENT)
    op.execute("GRANT SELECT, INSERT ON email_changes TO patriot_web")
    op.execute("GRANT UPDATE (used_at) ON email_changes TO patriot_web")
    op.execute(f"GRANT SELECT ({SHOWN}) ON email_changes TO patriot_daemon")
    op.execute("ALTER TABLE email_changes ENABLE ROW LEVEL SECURITY")
    who = f"{STAFF} OR {VISITOR} OR user_id = {ME}"
    op.execute(
        f"CREATE POLICY web ON email_changes FOR ALL TO patriot_web"
        f" USING ({who}) WITH CHECK ({who})"
    )
    op.execute("CREATE POLICY others ON email_changes FOR SELECT TO patriot_daemon USING (true)")
    # He may leave the message for his new address, and not read the link in it.
    op.execute(f"ALTER POLICY web ON notifications WITH CHECK ({OWN_MESSAGE} OR {OWN_CHANGE})")
    op.create_index(
        "ix_events_actor",
        "events",
        ["actor_id", "recorded_at"],
        postgresql_where=sa.text("actor_id IS NOT NULL"),
    )
    op.execute(f"ALTER POLICY web ON events USING ({STAFF} OR {OWN_EVENTS})")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"ALTER POLICY web ON events USING ({STAFF} OR actor_id = {ME})")
    op.drop_index("ix_events_actor", "events")
    op.execute(f"ALTER POLICY web ON notifications WITH CHECK ({OWN_MESSAGE})")
    op.execute("DELETE FROM notifications WHERE email_change_id IS NOT NULL")
    _recipient(FORMER)
    op.drop_constraint(op.f("fk_notifications_email_change_id"), "notifications")
    op.drop_column("notifications", "email_change_id")
    op.drop_table("email_changes")


def _recipient(condition: str) -> None:
    op.drop_constraint(op.f("ck_notifications_recipient"), "notifications", type_="check")
    op.create_check_constraint(op.f("ck_notifications_recipient"), "notifications", condition)
