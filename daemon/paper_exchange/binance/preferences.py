"""Settings of an account that do not touch the engine, and what the exchange holds against it."""

from __future__ import annotations

from typing import Any, Final

from daemon.paper_exchange.binance.call import NAME, Call
from daemon.paper_exchange.binance.codes import WireError
from daemon.paper_exchange.binance.holdings import FEE_BURN, burns_fees
from daemon.paper_exchange.commands import SetPreference
from daemon.paper_exchange.faults.kinds import FaultKind

_SUCCESS = {"code": 200, "msg": "success"}
_LOCKED_MS: Final = 600_000
"""When a ban without an end is said to end."""


def get_fee_burn(call: Call) -> dict[str, Any]:
    """Return whether commissions are paid in BNB; here they are always paid in USDT."""
    return {"feeBurn": burns_fees(call.account)}


def post_fee_burn(call: Call) -> dict[str, Any]:
    """Keep the choice to pay commissions in BNB; the account has none, so nothing changes."""
    call.parameters.required("feeBurn")
    value = "true" if call.parameters.flag("feeBurn") else ""
    call.engine.submit(call.account, SetPreference(name=FEE_BURN, value=value))
    return dict(_SUCCESS)


def get_multi_assets(call: Call) -> dict[str, Any]:
    """Return the asset mode: single-asset always."""
    return {"multiAssetsMargin": call.account.permissions.multi_assets}


def post_multi_assets(call: Call) -> dict[str, Any]:
    """Refuse another asset mode: USDT is the only asset here."""
    call.parameters.required("multiAssetsMargin")
    if call.parameters.flag("multiAssetsMargin"):
        raise WireError(-1020, "This operation is not supported.")
    raise WireError(
        -4171,
        "Adjusted asset mode is currently set and does not need to be adjusted repeatedly.",
    )


def get_trading_status(call: Call) -> dict[str, Any]:
    """Return which trading rules the account has broken: those that a planned ban names."""
    symbol = call.optional_symbol()
    now_ms = call.engine.enter()
    indicators: dict[str, Any] = {}
    for ban in call.dialect.host.faults.standing(FaultKind.TRADING_BAN):
        match = ban.match
        if match.exchange in {"", NAME} and match.api_key in {"", call.account.api_key}:
            banned = {match.symbol} if match.symbol else set(call.engine.instruments)
            for name in sorted(banned & {symbol} if symbol else banned):
                indicators[name] = [_lock(ban.until_ms or now_ms + _LOCKED_MS)]
    return {"indicators": indicators, "updateTime": now_ms}


def _lock(until_ms: int) -> dict[str, Any]:
    """Say that too few orders were filled."""
    return {
        "isLocked": True,
        "plannedRecoverTime": until_ms,
        "indicator": "UFR",
        "value": 0.999,
        "triggerValue": 0.995,
    }
