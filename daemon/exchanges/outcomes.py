"""Which answers of an exchange prove that nothing happened: a list, with its source line by line.

Whatever is not listed proves nothing. A code belongs here only if the exchange refuses before its
matching engine takes the order, or says itself that the order was rejected.

Sources: B = https://developers.binance.com/docs/derivatives/usds-margined-futures/error-code,
G = .../usds-margined-futures/general-info, Y = https://bybit-exchange.github.io/docs/v5/error.
"""

from enum import StrEnum


class Write(StrEnum):
    """What was asked; some codes are final for one kind only."""

    PLACE = "place"
    CANCEL = "cancel"
    AMEND = "amend"


BINANCE_REJECTED: dict[int, str] = {
    -1003: "B too many requests; sent with 429 or 418: not processed",
    -1008: "B request throttled by system-level protection: failed (G, 503)",
    -1015: "B too many new orders",
    -1021: "B timestamp outside of recvWindow, at the gateway",
    -1022: "B signature is not valid",
    -1100: "B illegal characters in a parameter",
    -1101: "B too many parameters",
    -1102: "B mandatory parameter empty or malformed",
    -1103: "B unknown parameter",
    -1104: "B not all sent parameters were read",
    -1105: "B parameter empty",
    -1106: "B parameter sent when not required",
    -1108: "B invalid asset",
    -1109: "B invalid account",
    -1111: "B precision over the maximum",
    -1112: "B no orders on book for symbol",
    -1114: "B timeInForce sent when not required",
    -1115: "B invalid timeInForce",
    -1116: "B invalid orderType",
    -1117: "B invalid side",
    -1118: "B new client order id empty",
    -1119: "B original client order id empty",
    -1121: "B invalid symbol",
    -1122: "B invalid symbol status",
    -1126: "B asset not supported",
    -1128: "B combination of optional parameters invalid",
    -1130: "B data sent for a parameter is not valid",
    -2014: "B API-key format invalid",
    -2015: "B invalid API-key, IP, or permissions",
    -2018: "B balance is insufficient",
    -2019: "B margin is insufficient",
    -2021: "B order would immediately trigger",
    -2022: "B reduceOnly order is rejected",
    -2025: "B reach max open order limit",
    -2026: "B order type not supported when reduceOnly",
    -2027: "B exceeded the maximum position at current leverage",
    -2028: "B leverage smaller than permitted",
    -4003: "B quantity less than zero",
    -4004: "B quantity less than minimum",
    -4005: "B quantity greater than maximum",
    -4013: "B price less than minimum",
    -4014: "B price not increased by tick size",
    -4016: "B price above the mark price multiplier cap",
    -4023: "B quantity not increased by step size",
    -4024: "B price below the mark price multiplier floor",
    -4045: "B reach max stop order limit",
    -4061: "B position side does not match the user's setting",
    -4062: "B improper reduceOnly value",
    -4087: "B user can only place reduce only orders",
    -4088: "B user can not place orders currently",
    -4118: "B reduceOnly order failed, check position and open orders",
    -4120: "B order type not supported here, use the algo endpoints",
    -4130: "B an open stop with closePosition exists in the direction",
    -4131: "B best price does not meet the PERCENT_PRICE filter",
    -4137: "B quantity must be zero with closePosition",
    -4138: "B reduceOnly must be true with closePosition",
    -4140: "B invalid symbol status for opening position",
    -4141: "B symbol is closed",
    -4142: "B stop order would be triggered immediately",
    -4164: "B notional too small",
    -4192: "B trade forbidden in the cooling-off period",
    -5021: "B FOK order not filled immediately",
    -5022: "B post-only order could not be maker",
    -5028: "B timestamp outside of the matching engine's recvWindow",
}
"""Final with HTTP 4xx; -1008 with 503 as well."""

BINANCE_CANCEL_REJECTED: dict[int, str] = {
    -2011: "B cancel rejected: unknown order; it often means filled",
    -2013: "B order does not exist",
}
BINANCE_AMEND_REJECTED: dict[int, str] = {
    -2011: "B unknown order sent; it often means filled",
    -2013: "B order does not exist",
    -5025: "B only limit order is supported",
    -5026: "B exceeds the maximum number of modifications of one order",
    -5027: "B no need to modify the order",
}
BINANCE_DUPLICATE: dict[int, str] = {-4116: "B clientOrderId is duplicated: the order exists"}

BINANCE_503_REJECTED: dict[str, str] = {
    "Service Unavailable.": "G 100 % failure",
    "Internal error; unable to process your request": "G 100 % failure",
}
"""Beginnings of the message of an HTTP 503 that say that it failed. The third flavour, "Unknown
error, please check your request or try again later.", may have succeeded."""

BINANCE_STATUS_REJECTED: dict[int, str] = {403: "G web application firewall: not processed"}

BYBIT_REJECTED: dict[int, str] = {
    10001: "Y request parameter error",
    10002: "Y request time exceeds the window",
    10003: "Y API key is invalid",
    10004: "Y error sign",
    10005: "Y permission denied",
    10006: "Y too many visits",
    10010: "Y unmatched IP",
    10024: "Y compliance rules triggered",
    10027: "Y transactions are banned",
    10028: "Y only unified account users",
    10029: "Y symbol not in the key's whitelist",
    33004: "Y API key has expired",
    30208: "Y price higher than the maximum buying price",
    30209: "Y price lower than the minimum selling price",
    30228: "Y no new positions during delisting",
    110003: "Y price exceeds the allowable range",
    110004: "Y wallet balance is insufficient",
    110006: "Y assets unable to cover the position margin",
    110007: "Y available balance is insufficient",
    110009: "Y number of stop orders exceeds the limit",
    110012: "Y insufficient available balance",
    110013: "Y cannot set leverage due to risk limit level",
    110017: "Y orderQty will be truncated to zero (reduce-only without a position)",
    110018: "Y user id is illegal",
    110020: "Y more than 500 active orders",
    110021: "Y position limits due to open interest",
    110023: "Y only reducing is allowed on this contract",
    110032: "Y order is illegal",
    110042: "Y only reducing is allowed before delivery",
    110044: "Y available margin is insufficient",
    110045: "Y wallet balance is insufficient",
    110057: "Y conditional order contains TP/SL related params",
    110066: "Y trading is currently not allowed",
    110074: "Y this contract is not live",
    110089: "Y exceeds the maximum risk limit level",
    110090: "Y position may exceed the maximum limit",
    110092: "Y expect rising, but trigger price is not above the price",
    110093: "Y expect falling, but trigger price is not below the price",
    110094: "Y notional below the lower limit",
}
BYBIT_CANCEL_REJECTED: dict[int, str] = {
    110001: "Y order does not exist; it often means filled",
    110008: "Y the order has been completed or cancelled",
    110010: "Y the order has been cancelled",
    110019: "Y order id is illegal",
}
BYBIT_AMEND_REJECTED: dict[int, str] = {
    **BYBIT_CANCEL_REJECTED,
    110060: "Y under full TP/SL mode, it is not allowed to modify TP/SL",
    110064: "Y the order amount to be modified is less than the completed amount",
}
AMEND_UNSUPPORTED: dict[str, frozenset[str]] = {
    "binance": frozenset({"-5025", "-5026"}),
    "bybit": frozenset({"110032", "110060"}),
}
"""Refusals of an amendment that no other price or quantity would avoid: only a new order helps."""
BYBIT_DUPLICATE: dict[int, str] = {110072: "Y orderLinkId is duplicate: the order exists"}
BYBIT_STATUS_REJECTED: dict[int, str] = {
    403: "https://bybit-exchange.github.io/docs/v5/rate-limit: access too frequent, not processed",
}

NOT_FOUND: dict[str, frozenset[int]] = {
    "binance": frozenset({-2013}),
    "bybit": frozenset({110001}),
}
"""A read that cleanly says that the order is not there."""

NOTHING_TO_CHANGE: dict[str, frozenset[int]] = {
    "binance": frozenset({-4046, -4059}),
    "bybit": frozenset({110025, 110026, 110043}),
}
"""A setting that already is what was asked for."""
