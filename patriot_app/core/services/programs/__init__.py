"""Let programs in: keys that a person makes, and tokens that stand for his sign-in."""

from patriot_app.core.services.programs.keys import NewKey, create_key, revoke_key, shown_again
from patriot_app.core.services.programs.tokens import Issued, begin_family, end_family, refresh

__all__ = [
    "Issued",
    "NewKey",
    "begin_family",
    "create_key",
    "end_family",
    "refresh",
    "revoke_key",
    "shown_again",
]
