"""How what was found out about a key is written down."""

from sqlalchemy import text

UPDATE = text(
    """
    UPDATE credentials
       SET status = :status, checked_at = :now, rejection = CAST(:rejection AS jsonb),
           permissions = coalesce(CAST(:permissions AS jsonb), permissions),
           expires_at = CASE WHEN :permissions IS NULL THEN expires_at ELSE :expires_at END,
           findings = CAST(:findings AS jsonb), next_try_at = NULL, tries = 0, denials = 0,
           last_error = :error
     WHERE id = :id AND (status = ANY(:prior) OR status = :status)
    RETURNING id, account_id, masked_key
    """
)
GET = text(
    "SELECT id, account_id, status, masked_key, tries, denials FROM credentials WHERE id = :id"
    " FOR UPDATE"
)
REPLACE = text(
    "UPDATE credentials SET status = 'replaced' WHERE account_id = :account_id AND id <> :id"
    " AND status IN ('verified', 'quarantined') RETURNING id, masked_key"
)
POSTPONE = text(
    "UPDATE credentials SET status = :status, tries = :tries, next_try_at = :next_try_at,"
    " last_error = :error WHERE id = :id"
)
DENY = text(
    "UPDATE credentials SET denials = :denials, next_try_at = :next_try_at, last_error = :error,"
    " findings = CAST(:findings AS jsonb) WHERE id = :id"
)
OPEN_STATE = text(
    """
    INSERT INTO account_states (account_id, exchange, mode, exchange_uid)
    SELECT id, exchange, mode, :uid FROM accounts WHERE id = :account_id
    ON CONFLICT (account_id) DO UPDATE SET exchange_uid = excluded.exchange_uid
    """
)
DESTROY = text("SELECT destroy_credential(:id)")
