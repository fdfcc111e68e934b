"""Bybit's error codes, as far as the paper exchange answers with them.

Bybit answers HTTP 200 and says what went wrong in `retCode`.
Source: https://bybit-exchange.github.io/docs/v5/error
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final


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
    STREAM_UNKNOWN_OPERATION = 10404
    STREAM_SYSTEM_LIMIT = 10429
    STREAM_REPEATED_LOGIN = 20001
    STREAM_TOO_FREQUENT = 20003
    STREAM_REPEATED_REQUEST = 20006
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
    TPSL_MIXED = 110057
    STOP_SIZE = 110058
    STOP_NOT_AMENDABLE = 110060
    PARTIAL_STOPS_MAX = 110061
    AMEND_BELOW_FILLED = 110064
    NOT_LIVE = 110074
    AUTO_ADD_NEEDS_ISOLATED = 110076
    MARGIN_REDUCTION_TOO_LARGE = 110078
    MARGIN_TO_ADD = 110014
    MARGIN_UNCHANGED = 110027
    POSITION_IS_CROSS = 110015
    LEVERAGE_IN_CROSS = 110036
    NO_POSITION = 110033
    RISK_LIMIT_MISSING = 110031
    UNIFIED_FORBIDDEN = 100028
    KEY_EXPIRED = 33004
    TRANSFER_PARAMETER = 131203
    TRANSFER_ACCURACY = 131210
    TRANSFER_SAME_ACCOUNT = 131211
    TRANSFER_BALANCE = 131212
    TRANSFER_ID_EXISTS = 131214
    TRANSFER_AMOUNT = 131215
    TRANSFER_MEMBER = 131202
    WITHDRAWAL_CLOSED = 131097
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
    Code.STREAM_UNKNOWN_OPERATION: "op type is not found, or category is not supported",
    Code.STREAM_SYSTEM_LIMIT: "System level frequency protection",
    Code.STREAM_REPEATED_LOGIN: "Repeat auth",
    Code.STREAM_TOO_FREQUENT: "Too frequent requests under the same session",
    Code.STREAM_REPEATED_REQUEST: "reqId is duplicated",
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
    Code.TPSL_MIXED: "Conditional order contains TP/SL related params",
    Code.STOP_SIZE: (
        "You can't set take profit and stop loss due to insufficient size of remaining position"
        " size."
    ),
    Code.STOP_NOT_AMENDABLE: "Under full TP/SL mode, it is not allowed to modify TP/SL",
    Code.PARTIAL_STOPS_MAX: "Not allowed to have more than 20 TP/SLs under Partial tpSlMode",
    Code.AMEND_BELOW_FILLED: (
        "The modified contract quantity cannot be less than or equal to the filled quantity."
    ),
    Code.NOT_LIVE: "This contract is not live",
    Code.AUTO_ADD_NEEDS_ISOLATED: "Only isolated mode can set auto-add-margin",
    Code.MARGIN_REDUCTION_TOO_LARGE: "Added margin more than max can reduce margin",
    Code.MARGIN_UNCHANGED: "Margin has not been modified.",
    Code.MARGIN_TO_ADD: "Insufficient available balance to add additional margin.",
    Code.POSITION_IS_CROSS: "The position is in cross margin mode.",
    Code.LEVERAGE_IN_CROSS: "You are not allowed to change leverage due to cross margin mode.",
    Code.NO_POSITION: "You can't set margin without an open position",
    Code.RISK_LIMIT_MISSING: "Non-existing risk limit info, please check the risk limit rules.",
    Code.UNIFIED_FORBIDDEN: "The API cannot be accessed by unified account users.",
    Code.KEY_EXPIRED: "Your api key has expired.",
    Code.TRANSFER_PARAMETER: "Request parameter error",
    Code.TRANSFER_ACCURACY: "Amount accuracy error",
    Code.TRANSFER_SAME_ACCOUNT: "fromAccountType can't be the same as toAccountType",
    Code.TRANSFER_BALANCE: "Insufficient balance",
    Code.TRANSFER_ID_EXISTS: "TransferId exist",
    Code.TRANSFER_AMOUNT: "Amount error",
    Code.TRANSFER_MEMBER: "Invalid memberId",
    Code.WITHDRAWAL_CLOSED: "Withdrawal of this currency has been closed",
    Code.NOT_MODIFIED: "not modified",
    Code.MARGIN_MODE: "Set margin mode failed",
}


class BybitError(Exception):
    """A refusal that the client sees as retCode and retMsg."""

    def __init__(
        self,
        code: int,
        *details: object,
        message: str | None = None,
        result: dict[str, Any] | None = None,
    ) -> None:
        self.code = int(code)
        self.result = result or {}
        self.message = message if message is not None else MESSAGES[code].format(*details)
        super().__init__(f"{self.code} {self.message}")


def parameter_error(what: str) -> BybitError:
    """Build the 10001 error, whose message says which parameter was wrong."""
    return BybitError(Code.PARAMETER, message=what)
