"""Binance's error codes and texts, and how the engine's refusals become them.

Source: https://developers.binance.com/docs/derivatives/usds-margined-futures/error-code
"""

from __future__ import annotations

from typing import Final

from daemon.paper_exchange.refusals import Reason, Refused


class WireError(Exception):
    """An answer that is an error: HTTP status, code and text."""

    def __init__(
        self, code: int, message: str, *, status: int = 400, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.status = status
        self.headers = headers or {}

    def body(self) -> dict[str, object]:
        """Return the JSON of the answer."""
        return {"code": self.code, "msg": self.message}


_CODES: Final[dict[Reason, tuple[int, str]]] = {
    Reason.UNKNOWN_SYMBOL: (-1121, "Invalid symbol."),
    Reason.UNKNOWN_ORDER: (-2011, "Unknown order sent."),
    Reason.DUPLICATE_CLIENT_ID: (-4116, "clientOrderId is duplicated"),
    Reason.PRICE_MISSING: (
        -1102,
        "Mandatory parameter 'price' was not sent, was empty/null, or malformed.",
    ),
    Reason.PRICE_NOT_POSITIVE: (-4001, "Price less than 0."),
    Reason.PRICE_TOO_PRECISE: (-1111, "Precision is over the maximum defined for this asset."),
    Reason.PRICE_OFF_TICK: (-4014, "Price not increased by tick size."),
    Reason.PRICE_BELOW_MIN: (-4013, "Price less than min price."),
    Reason.PRICE_ABOVE_MAX: (-4002, "Price greater than max price."),
    Reason.PRICE_ABOVE_BAND: (-4016, "Price is higher than mark price multiplier cap."),
    Reason.PRICE_BELOW_BAND: (-4024, "Price is lower than mark price multiplier floor."),
    Reason.NO_MARKET_PRICE: (
        -4131,
        "The counterparty's best price does not meet the PERCENT_PRICE filter limit",
    ),
    Reason.QUANTITY_NOT_POSITIVE: (-4003, "Quantity less than zero."),
    Reason.QUANTITY_TOO_PRECISE: (-1111, "Precision is over the maximum defined for this asset."),
    Reason.QUANTITY_OFF_STEP: (-4023, "Qty not increased by step size."),
    Reason.QUANTITY_BELOW_MIN: (-4004, "Quantity less than min quantity."),
    Reason.QUANTITY_ABOVE_MAX: (-4005, "Quantity greater than max quantity."),
    Reason.NOTIONAL_BELOW_MIN: (
        -4164,
        "Order's notional must be no smaller than {minimum} (unless you choose reduce only)",
    ),
    Reason.INSUFFICIENT_MARGIN: (-2019, "Margin is insufficient."),
    Reason.POSITION_ABOVE_BRACKET: (
        -2027,
        "Exceeded the maximum allowable position at current leverage.",
    ),
    Reason.REDUCE_ONLY_REJECTED: (-2022, "ReduceOnly Order is rejected."),
    Reason.POST_ONLY_CROSSES: (
        -5022,
        "Due to the order could not be executed as maker, the Post Only order will be rejected.",
    ),
    Reason.FILL_OR_KILL_UNFILLABLE: (
        -5021,
        "Due to the order could not be filled immediately, the FOK order has been rejected.",
    ),
    Reason.TRIGGERS_IMMEDIATELY: (-2021, "Order would immediately trigger."),
    Reason.TRIGGER_PRICE_INVALID: (-4006, "Stop price less than zero."),
    Reason.TOO_MANY_ORDERS: (-2025, "Reach max open order limit."),
    Reason.TOO_MANY_CONDITIONALS: (-4045, "Reach max stop order limit."),
    Reason.ORDER_NOT_OPEN: (-2013, "Order does not exist."),
    Reason.ONLY_LIMIT_AMENDABLE: (-5025, "Only limit order is supported."),
    Reason.NOTHING_TO_AMEND: (-5027, "No need to modify the order."),
    Reason.LEVERAGE_INVALID: (-4028, "Leverage {leverage} is not valid"),
    Reason.LEVERAGE_NEEDS_MARGIN: (
        -2028,
        "Leverage is smaller than permitted: insufficient margin balance.",
    ),
    Reason.POSITION_MODE_UNCHANGED: (-4059, "No need to change position side."),
    Reason.HAS_OPEN_ORDERS: (
        -4067,
        "Position side cannot be changed if there exists open orders.",
    ),
    Reason.HAS_POSITION: (-4068, "Position side cannot be changed if there exists position."),
    Reason.POSITION_SIDE_MISMATCH: (
        -4061,
        "Order's position side does not match user's setting.",
    ),
    Reason.MARGIN_MODE_UNCHANGED: (-4046, "No need to change margin type."),
    Reason.MARGIN_MODE_HAS_ORDERS: (
        -4047,
        "Margin type cannot be changed if there exists open orders.",
    ),
    Reason.MARGIN_MODE_HAS_POSITION: (
        -4048,
        "Margin type cannot be changed if there exists position.",
    ),
    Reason.NOT_ISOLATED: (-4049, "Add margin only support for isolated position."),
    Reason.CROSS_BALANCE_TOO_SMALL: (-4050, "Cross balance insufficient."),
    Reason.ISOLATED_BALANCE_TOO_SMALL: (-4051, "Isolated balance insufficient."),
    Reason.LEVERAGE_BELOW_ISOLATED: (
        -4161,
        "Leverage reduction is not supported in Isolated Margin Mode with open positions",
    ),
    Reason.CLOSE_POSITION_EXISTS: (
        -4130,
        "An open stop or take profit order with GTE and closePosition in the direction is "
        "existing.",
    ),
    Reason.GOOD_TILL_INVALID: (
        -5040,
        "The goodTillDate timestamp must be greater than the current time plus 600 seconds and "
        "smaller than 253402300799000 (UTC 9999-12-31 23:59:59)",
    ),
    Reason.CALLBACK_INVALID: (-2007, "Invalid callBack rate."),
    Reason.FEE_TIER_UNKNOWN: (-1130, "Data sent for parameter 'tier' is not valid."),
    Reason.NOT_TRADING: (-4141, "Symbol is closed"),
    Reason.NO_POSITION: (-2022, "ReduceOnly Order is rejected."),
    Reason.BALANCE_TOO_SMALL: (-2018, "Balance is insufficient."),
}
_TRIGGER_CODES: Final[dict[str, tuple[int, str]]] = {
    Reason.PRICE_ABOVE_MAX: (-4007, "Stop price greater than max price."),
    Reason.PRICE_TOO_PRECISE: _CODES[Reason.PRICE_TOO_PRECISE],
    Reason.PRICE_OFF_TICK: _CODES[Reason.PRICE_OFF_TICK],
    Reason.PRICE_BELOW_MIN: _CODES[Reason.PRICE_BELOW_MIN],
}


def wire_error(refused: Refused) -> WireError:
    """Translate a refusal of the engine."""
    code, text = _CODES[refused.reason]
    if refused.reason is Reason.TRIGGER_PRICE_INVALID:
        code, text = _TRIGGER_CODES.get(refused.facts.get("cause", ""), (code, text))
    return WireError(code, text.format(**refused.facts))


def missing(name: str) -> WireError:
    """Return the error of a mandatory parameter."""
    return WireError(
        -1102,
        f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.",
    )


def invalid(name: str) -> WireError:
    """Return the error of a parameter with an impossible value."""
    return WireError(-1130, f"Data sent for parameter '{name}' is not valid.")


def unwanted(name: str) -> WireError:
    """Return the error of a parameter that does not belong to the others."""
    return WireError(-1106, f"Parameter '{name}' sent when not required.")


def unauthorised(ip: str) -> WireError:
    """Return the error of a wrong key, address or permission; it tells the caller's address."""
    text = f"Invalid API-key, IP, or permissions for action, request ip: {ip}"
    return WireError(-2015, text, status=401)
