"""What Bybit's answers and frames must look like: keys, JSON types, permitted words.

Our own specification after the documentation; it is compared with the official samples where they
are at hand. A shape is the name of a kind of value, a tuple of permitted words, a list of one shape
for all of its items, or an object with exactly these keys ("*" stands for any key).
Source: https://bybit-exchange.github.io/docs/v5/intro and .../docs/v5/enum
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Shape = Any

TEXTS = {
    "number": r"-?\d+(\.\d+)?",
    "number?": r"(-?\d+(\.\d+)?)?",
    "whole": r"\d+",
    "ms": r"\d{13}",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "text": r"(?s).*",
    "": r"",
    "uuid": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "uuid?": r"([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?",
    "link": r"[A-Za-z0-9_-]{0,36}",
    "symbol": r"[A-Z0-9]+USDT",
    "symbol?": r"([A-Z0-9]+USDT)?",
}
TYPES = {"count": int, "flag": bool, "none": type(None)}

SIDE = ("Buy", "Sell")
SIDE_OR_NONE = ("Buy", "Sell", "None")
ORDER_TYPE = ("Market", "Limit")
LINEAR = ("linear",)
TRIGGER_BY = ("", "LastPrice", "MarkPrice", "IndexPrice")
STOP_TYPES = (
    "TakeProfit",
    "StopLoss",
    "TrailingStop",
    "Stop",
    "PartialTakeProfit",
    "PartialStopLoss",
)
CREATE_TYPES = (
    "CreateByUser",
    "CreateByLiq",
    "CreateByAdl_PassThrough",
    "CreateBySettle",
    "CreateByTakeProfit",
    "CreateByPartialTakeProfit",
    "CreateByStopLoss",
    "CreateByPartialStopLoss",
    "CreateByTrailingStop",
    "CreateByClosing",
)
REJECT_REASONS = (
    "EC_NoError",
    "EC_Others",
    "EC_PerCancelRequest",
    "EC_PostOnlyWillTakeLiquidity",
    "EC_NoImmediateQtyToFill",
    "EC_AvailableBalanceIsZero",
    "EC_ReduceOnlyOrderIsInvalid",
)

ORDER = {
    "symbol": "symbol",
    "side": SIDE,
    "orderType": ORDER_TYPE,
    "blockTradeId": "",
    "isLeverage": "",
    "positionIdx": "count",
    "orderIv": "",
    "stopOrderType": ("", *STOP_TYPES),
    "createType": CREATE_TYPES,
    "triggerPrice": "number?",
    "triggerDirection": "count",
    "triggerBy": TRIGGER_BY,
    "takeProfit": "number?",
    "stopLoss": "number?",
    "tpTriggerBy": TRIGGER_BY,
    "slTriggerBy": TRIGGER_BY,
    "tpslMode": ("", "Full", "Partial"),
    "tpLimitPrice": "number?",
    "slLimitPrice": "number?",
    "ocoTriggerBy": "",
    "lastPriceOnCreated": "number?",
    "closeOnTrigger": "flag",
    "placeType": "",
    "smpType": ("None",),
    "smpGroup": "count",
    "smpOrderId": "",
    "slippageToleranceType": ("UNKNOWN",),
    "slippageTolerance": "",
    "extraFees": "",
    "orderId": "uuid",
    "orderLinkId": "link",
    "price": "number",
    "qty": "number",
    "orderStatus": (
        "New",
        "PartiallyFilled",
        "Untriggered",
        "Triggered",
        "Filled",
        "Cancelled",
        "Rejected",
        "Deactivated",
    ),
    "cancelType": (
        "UNKNOWN",
        "CancelByUser",
        "CancelByReduceOnly",
        "CancelByPrepareLiq",
        "CancelBySettle",
    ),
    "rejectReason": REJECT_REASONS,
    "avgPrice": "number?",
    "leavesQty": "number",
    "leavesValue": "number",
    "cumExecQty": "number",
    "cumExecValue": "number",
    "cumExecFee": "number",
    "cumFeeDetail": {"*": "number"},
    "timeInForce": ("GTC", "IOC", "FOK", "PostOnly"),
    "reduceOnly": "flag",
    "createdTime": "ms",
    "updatedTime": "ms",
}
EXECUTION = {
    "symbol": "symbol",
    "category": LINEAR,
    "execId": "uuid",
    "orderId": "uuid",
    "orderLinkId": "link",
    "side": SIDE,
    "orderPrice": "number",
    "orderQty": "number",
    "leavesQty": "number",
    "orderType": (*ORDER_TYPE, "UNKNOWN"),
    "createType": ("", *CREATE_TYPES),
    "stopOrderType": ("UNKNOWN", *STOP_TYPES),
    "execFee": "number",
    "execPrice": "number",
    "execQty": "number",
    "execType": ("Trade", "Funding", "BustTrade", "AdlTrade", "Settle"),
    "execValue": "number",
    "execTime": "ms",
    "execPnl": "number",
    "feeCurrency": "",
    "isMaker": "flag",
    "feeRate": "number",
    "tradeIv": "",
    "markIv": "",
    "markPrice": "number?",
    "indexPrice": "",
    "underlyingPrice": "",
    "blockTradeId": "",
    "closedSize": "number",
    "isLeverage": "number",
    "marketUnit": "",
    "extraFees": "",
    "seq": "count",
}
POSITION = {
    "positionIdx": "count",
    "riskId": "count",
    "riskLimitValue": "number",
    "symbol": "symbol",
    "side": ("", *SIDE),
    "size": "number",
    "avgPrice": "number",
    "breakEvenPrice": "number?",
    "sessionAvgPrice": "",
    "positionValue": "number?",
    "tradeMode": "count",
    "positionStatus": ("Normal",),
    "autoAddMargin": "count",
    "adlRankIndicator": "count",
    "leverage": "number",
    "positionBalance": "number",
    "markPrice": "number",
    "liqPrice": "number?",
    "bustPrice": "number?",
    "positionIM": "number",
    "positionIMByMp": "number",
    "positionMM": "number",
    "positionMMByMp": "number",
    "tpslMode": ("Full",),
    "trailingStop": "number",
    "stopLoss": "number?",
    "takeProfit": "number?",
    "unrealisedPnl": "number",
    "curRealisedPnl": "number",
    "cumRealisedPnl": "number",
    "seq": "count",
    "isReduceOnly": "flag",
    "mmrSysUpdateTime": "",
    "leverageSysUpdatedTime": "",
    "createdTime": "whole",
    "updatedTime": "whole",
}
COIN = {
    "coin": ("USDT",),
    "equity": "number",
    "usdValue": "number",
    "walletBalance": "number",
    "locked": "number",
    "spotHedgingQty": "number",
    "borrowAmount": "number",
    "availableToWithdraw": "",
    "availableToBorrow": "",
    "accruedInterest": "number",
    "totalOrderIM": "number",
    "totalPositionIM": "number",
    "totalPositionMM": "number",
    "unrealisedPnl": "number",
    "cumRealisedPnl": "number",
    "bonus": "number",
    "collateralSwitch": "flag",
    "marginCollateral": "flag",
    "spotBorrow": "number",
}
WALLET = {
    "accountType": ("UNIFIED",),
    "accountIMRate": "number?",
    "accountIMRateByMp": "number?",
    "accountMMRate": "number?",
    "accountMMRateByMp": "number?",
    "accountLTV": "number",
    "totalEquity": "number",
    "totalWalletBalance": "number",
    "totalMarginBalance": "number?",
    "totalAvailableBalance": "number?",
    "totalPerpUPL": "number",
    "totalInitialMargin": "number?",
    "totalInitialMarginByMp": "number?",
    "totalMaintenanceMargin": "number?",
    "totalMaintenanceMarginByMp": "number?",
    "coin": [COIN],
}
LOG_ROW = {
    "id": "text",
    "symbol": "symbol?",
    "category": ("", "linear"),
    "side": SIDE_OR_NONE,
    "transactionTime": "ms",
    "type": ("TRANSFER_IN", "TRANSFER_OUT", "TRADE", "SETTLEMENT", "LIQUIDATION"),
    "transSubType": "",
    "qty": "number",
    "size": "number",
    "currency": ("USDT",),
    "tradePrice": "number?",
    "funding": "number?",
    "fee": "number",
    "cashFlow": "number",
    "change": "number",
    "cashBalance": "number",
    "feeRate": "number?",
    "bonusChange": "",
    "tradeId": "uuid?",
    "orderId": "uuid?",
    "orderLinkId": "link",
    "extraFees": "",
}
CLOSED_PNL = {
    "symbol": "symbol",
    "orderType": ORDER_TYPE,
    "leverage": "number",
    "updatedTime": "ms",
    "createdTime": "ms",
    "side": SIDE,
    "orderId": "uuid",
    "closedPnl": "number",
    "avgEntryPrice": "number",
    "avgExitPrice": "number",
    "cumEntryValue": "number",
    "cumExitValue": "number",
    "qty": "number",
    "closedSize": "number",
    "orderPrice": "number",
    "execType": ("Trade",),
    "fillCount": "whole",
}
BALANCE = {
    "coin": "text",
    "transferBalance": "number",
    "walletBalance": "number",
    "bonus": "number",
}


def page(row: Shape, *, category: bool = False) -> Shape:
    """Describe a page of rows with its cursor."""
    shape: dict[str, Shape] = {"list": [row], "nextPageCursor": "text"}
    return shape | ({"category": LINEAR} if category else {})


def complaints(shape: Shape, value: object, path: str = "") -> Iterator[str]:
    """List what does not fit, each with its place."""
    if isinstance(shape, dict):
        yield from _object_complaints(shape, value, path)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield f"{path}: {value!r} is no list"
            return
        for inner in value:
            yield from complaints(shape[0], inner, f"{path}[]")
    elif isinstance(shape, tuple):
        if value not in shape:
            yield f"{path}: {value!r} is none of {shape}"
    elif shape in TYPES:
        if type(value) is not TYPES[shape]:
            yield f"{path}: {value!r} is no {shape}"
    elif not isinstance(value, str) or not re.fullmatch(TEXTS[shape], value):
        yield f"{path}: {value!r} is no {shape or 'empty text'}"


def _object_complaints(shape: dict[str, Shape], value: object, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no object"
        return
    if "*" in shape:
        for name, inner in value.items():
            yield from complaints(shape["*"], inner, f"{path}.{name}")
        return
    for name in shape.keys() - value.keys():
        yield f"{path}.{name} is missing"
    for name in value.keys() - shape.keys():
        yield f"{path}.{name} is not specified"
    for name in shape.keys() & value.keys():
        yield from complaints(shape[name], value[name], f"{path}.{name}")
