"""Who hears what of API keys."""

from patriot_app.core.domain.notification_rules import ALL_STAFF, CONTROL_STAFF, Rule
from patriot_app.core.domain.permissions import Role

OF_KEYS: dict[str, Rule] = {
    "CredentialVerified": Rule(
        "API key {masked_key} is connected",
        "The exchange confirmed the key. The account can trade.",
        is_for_client=True,
    ),
    "CredentialRejected": Rule(
        "API key {masked_key} was refused",
        "{reasons}",
        roles=frozenset({Role.SUPPORT, Role.ADMIN}),
        is_for_client=True,
    ),
    "CredentialRevoked": Rule(
        "API key {masked_key} is no longer used", "{reason}", is_for_client=True
    ),
    "CredentialWaiting": Rule(
        "API key {masked_key} waits for its exchange",
        "The exchange does not answer. We try again by ourselves; you need not do anything.",
        is_for_client=True,
    ),
    "CredentialReplaced": Rule(
        "API key {masked_key} was replaced",
        "{by} is in use now. Delete the former key at the exchange.",
        is_for_client=True,
    ),
    "CredentialQuarantined": Rule(
        "API key {masked_key} does not work any more",
        "{reasons} Until it works again we cannot trade on the account, and cannot close or guard "
        "what is open; stops that lie at the exchange stay there.",
        ALL_STAFF,
        is_for_client=True,
    ),
    "CredentialDidNotOpen": Rule(
        "A stored API key does not open: {masked_key}",
        "{reason}. Its account does nothing; find out who changed the database.",
        CONTROL_STAFF,
    ),
    "CredentialExpiresSoon": Rule(
        "API key {masked_key} expires on {expires_on}",
        "Create a new key at the exchange and connect it before; after it we can do nothing on the "
        "account.",
        is_for_client=True,
    ),
    "CredentialRenewalAsked": Rule(
        "Please renew API key {masked_key}",
        "It has been in use for {age_days} days. Create a new key at the exchange, connect it on "
        "your page of keys, and delete the former one; trading goes on meanwhile.",
        is_for_client=True,
    ),
}
