"""Who comes in, how long he stays, and how he is put out. Only hashes of tokens are kept."""

from patriot_app.core.services.sessions.browsers import (
    SignedIn,
    begin_registered,
    sign_in,
    step_up,
)
from patriot_app.core.services.sessions.ending import end_all_of, end_others, end_own, sign_out
from patriot_app.core.services.sessions.proofs import NOT_RIGHT, Proved, prove
from patriot_app.core.services.sessions.telegram import (
    begin_telegram_sign_in,
    finish_telegram_sign_in,
)

__all__ = [
    "NOT_RIGHT",
    "Proved",
    "SignedIn",
    "begin_registered",
    "begin_telegram_sign_in",
    "end_all_of",
    "end_others",
    "end_own",
    "finish_telegram_sign_in",
    "prove",
    "sign_in",
    "sign_out",
    "step_up",
]
