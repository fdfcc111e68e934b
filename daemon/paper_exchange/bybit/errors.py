"""Bybit's error codes, as far as the paper exchange answers with them.

Bybit answers HTTP 200 and says what went wrong in `retCode`.
Source: https://bybit-exchange.github.io/docs/v5/error
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Code(IntEnum):
    """A retCode."""

    PARAMETER = 10001
    TIME_WINDOW = 10002
    API_KEY = 10003
    SIGNATURE = 10004
    PERMISSION = 10005
    RATE_LIMIT = 10006
    AUTHENTICATION = 10007
    IP_MISMATCH = 10010
    SERVER = 10016
    ROUTE = 10017
    SYMBOL = 10029
    ORDER_GONE = 110001
    PRICE_RANGE = 110003
    WALLET_BALANCE = 110004
    AVAILABLE_BALANCE = 110007
    ORDER_FINAL = 110008
    STOP_ORDERS_MAX = 110009
    LEVERAGE_RISK_LIMIT = 110013
    TRUNCATED_TO_ZERO = 110017
    ACTIVE_ORDERS_MAX = 110020
    POSITION_OPEN = 110024
    MODE_NOT_MODIFIED = 110025
    MARGIN_NOT_MODIFIED = 110026
    ORDERS_OPEN = 110028
    LEVERAGE_NOT_MODIFIED = 110043
    AVAILABLE_MARGIN = 110044
    LINK_ID_DUPLICATE = 110072
    RISK_LIMIT = 110090
    EXPECT_RISING = 110092
    EXPECT_FALLING = 110093
    NOTIONAL = 110094
    KEY_EXPIRED = 33004
    NOT_MODIFIED = 34040
    MARGIN_MODE = 3400045


MESSAGES: Final[dict[int, str]] = {
    Code.PARAMETER: "Request parameter error",
    Code.TIME_WINDOW: (
        "invalid request, please check your server timestamp or recv_window param."
        " req_timestamp[{0}],server_timestamp[{1}],recv_window[{2}]"
    ),
    Code.API_KEY: "API key is invalid.",
    Code.SIGNATURE: "error sign! origin_string[{0}]",
    Code.PERMISSION: "Permission denied, please check your API key permissions.",
    Code.RATE_LIMIT: "Too many visits. Exceeded the API Rate Limit.",
    Code.AUTHENTICATION: "User authentication failed.",
    Code.IP_MISMATCH: "Unmatched IP, please check your API key's bound IP addresses.",
    Code.SERVER: "Server error.",
    Code.ROUTE: "Route not found.",
    Code.SYMBOL: "The requested symbol is invalid, please check symbol whitelist",
    Code.ORDER_GONE: "order not exists or too late to cancel",
    Code.PRICE_RANGE: "Order price exceeds the allowable range.",
    Code.WALLET_BALANCE: "Wallet balance is insufficient",
    Code.AVAILABLE_BALANCE: "ab not enough for new order",
    Code.ORDER_FINAL: "The order has been completed or cancelled.",
    Code.STOP_ORDERS_MAX: "The number of stop orders exceeds the maximum allowable limit",
    Code.LEVERAGE_RISK_LIMIT: "Cannot set leverage due to risk limit level.",
    Code.TRUNCATED_TO_ZERO: "orderQty will be truncated to zero",
    Code.ACTIVE_ORDERS_MAX: "Not allowed to have more than 500 active orders.",
    Code.POSITION_OPEN: "You have an existing position, so the position mode cannot be switched.",
    Code.MODE_NOT_MODIFIED: "Position mode is not modified",
    Code.MARGIN_NOT_MODIFIED: "Cross/isolated margin mode has not been modified.",
    Code.ORDERS_OPEN: "You have existing open orders, so the position mode cannot be switched.",
    Code.LEVERAGE_NOT_MODIFIED: "leverage not modified",
    Code.AVAILABLE_MARGIN: "Available margin is insufficient.",
    Code.LINK_ID_DUPLICATE: "OrderLinkedID is duplicate",
    Code.RISK_LIMIT: (
        "Order placement failed as your position may exceed the max limit. Please adjust your"
        " leverage to {0} or below to increase the max. position limit"
    ),
    Code.EXPECT_RISING: "expect Rising, but trigger_price[{0}] <= current[{1}]??LastPrice",
    Code.EXPECT_FALLING: "expect Falling, but trigger_price[{0}] >= current[{1}]??LastPrice",
    Code.NOTIONAL: "Order does not meet minimum order value {0}USDT",
    Code.KEY_EXPIRED: "Your api key has expired.",
    Code.NOT_MODIFIED: "not modified",
    Code.MARGIN_MODE: "Set margin mode failed",
}


class BybitError(Exception):
    """A refusal that the client sees as retCode and retMsg."""

    def __init__(self, code: int, *details: object, message: str | None = None) -> None:
        self.code = int(code)
        self.message = message if message is not None else MESSAGES[code].format(*details)
        super().__init__(f"{self.code} {self.message}")


def parameter_error(what: str) -> BybitError:
    """Build the 10001 error, whose message says which parameter was wrong."""
    return BybitError(Code.PARAMETER, message=what)
