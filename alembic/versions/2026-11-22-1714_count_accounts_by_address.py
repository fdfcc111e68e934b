"""Count accounts by address.

Why: an account gets the address with the fewest when it is opened, by a customer too, who may not see
the accounts of others.
Forward: a function that tells how many accounts of an exchange leave from which address, no more.
Back: drops it.

Revision: 0036
Follows: 0035
"""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

ACCOUNTS_BY_ADDRESS = """
CREATE FUNCTION accounts_by_address(wanted text) RETURNS TABLE (address text, accounts bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT source_address, count(*) FROM accounts
     WHERE exchange = wanted AND status <> 'disabled' GROUP BY source_address
$$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(ACCOUNTS_BY_ADDRESS)
    op.execute("REVOKE ALL ON FUNCTION accounts_by_address(text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION accounts_by_address(text) TO patriot_web")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION accounts_by_address(text)")
