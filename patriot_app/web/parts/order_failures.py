"""Why an order failed, and what to do about it: the exchange's words and ours."""

from patriot_app.core.domain.orders import AttemptState

_MONEY = "Deposit to the account, or allot less of it to the strategy."
_KEY = "Open Key health: the key may no longer trade from here."
_SMALL = "The account is too small for this instrument: allot more of it, or take it out."
_PRICE = "The price had moved too far; try again at the present one."
_BUSY = "The exchange was asked too much; try again in a minute."
_SIZE = "The position would be larger than its leverage allows: lower the leverage or the size."
_REST = (
    "Try it again with Retry failed only; if it fails again, open the order for the whole answer."
)

ADVICE = {
    "-1003": _BUSY,
    "-1008": _BUSY,
    "-1015": _BUSY,
    "-1021": "The clock of this machine or of the exchange is off: see System.",
    "-2014": _KEY,
    "-2015": _KEY,
    "-2019": _MONEY,
    "-2027": _SIZE,
    "-2028": _SIZE,
    "-4131": _PRICE,
    "-4164": _SMALL,
    "10003": _KEY,
    "10004": _KEY,
    "10005": _KEY,
    "10006": _BUSY,
    "10010": _KEY,
    "110003": _PRICE,
    "110004": _MONEY,
    "110006": _MONEY,
    "110007": _MONEY,
    "110012": _MONEY,
    "110094": _SMALL,
}
"""What a person can do about an exchange's code."""

_UNSENT = {
    AttemptState.VOID: "Never sent",
    AttemptState.ABSENT: "Never arrived",
    AttemptState.EXPIRED_UNSEEN: "Forgotten by the exchange",
}


def failure_text(state: AttemptState, *, code: str, evidence: str) -> str:
    """Return one sentence of what happened and one of what to do.

    Args:
        code, evidence: of the exchange's answer, or why we did not send it.
    """
    said = " ".join(part for part in (code, evidence) if part) or "without a reason"
    what = f"{_UNSENT[state]}: {said}" if state in _UNSENT else f"The exchange said: {said}"
    return f"{what.rstrip('.')}. {ADVICE.get(code, _REST)}"
