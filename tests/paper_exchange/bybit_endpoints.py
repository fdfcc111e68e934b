"""Every endpoint of Bybit that is served, with the shape of its result and its official sample."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.paper_exchange.bybit_shapes import (
    BALANCE,
    CLOSED_PNL,
    EXECUTION,
    LINEAR,
    LOG_ROW,
    ORDER,
    POSITION,
    SIDE,
    WALLET,
    Shape,
    page,
)

BTC: dict[str, Any] = {"category": "linear", "symbol": "BTCUSDT"}
MINUTES = BTC | {"interval": "1"}
PRICES = ["number"]


@dataclass(frozen=True)
class Endpoint:
    """A GET endpoint.

    Attributes:
        sample: name of the official sample, if there is one for linear contracts.
        others: keys of the sample that only other products or programmes have.
        more: keys that the documentation's table has and the sample has not.
    """

    path: str
    params: dict[str, Any]
    shape: Shape
    sample: str = ""
    others: frozenset[str] = frozenset()
    more: frozenset[str] = field(default_factory=frozenset)


def series(row: Shape) -> Shape:
    """Describe an answer about one contract."""
    return {"symbol": "symbol", "category": LINEAR, "list": [row]}


INSTRUMENT = {
    "symbol": "symbol",
    "contractType": ("LinearPerpetual",),
    "status": ("Trading", "Closed"),
    "baseCoin": "text",
    "quoteCoin": ("USDT",),
    "launchTime": "ms",
    "deliveryTime": "whole",
    "deliveryFeeRate": "",
    "priceScale": "whole",
    "leverageFilter": {"minLeverage": "number", "maxLeverage": "number", "leverageStep": "number"},
    "priceFilter": {"minPrice": "number", "maxPrice": "number", "tickSize": "number"},
    "lotSizeFilter": {
        "maxOrderQty": "number",
        "minOrderQty": "number",
        "qtyStep": "number",
        "postOnlyMaxOrderQty": "number",
        "maxMktOrderQty": "number",
        "minNotionalValue": "number",
    },
    "unifiedMarginTrade": "flag",
    "fundingInterval": "count",
    "settleCoin": ("USDT",),
    "copyTrading": ("none",),
    "upperFundingRate": "number",
    "lowerFundingRate": "number",
    "isPreListing": "flag",
    "preListingInfo": "none",
    "riskParameters": {"priceLimitRatioX": "number", "priceLimitRatioY": "number"},
    "displayName": "",
    "symbolType": "",
}
TICKER = {
    "symbol": "symbol",
    "lastPrice": "number",
    "indexPrice": "number",
    "markPrice": "number",
    "prevPrice24h": "number",
    "price24hPcnt": "number",
    "highPrice24h": "number",
    "lowPrice24h": "number",
    "prevPrice1h": "number",
    "openInterest": "number",
    "openInterestValue": "number",
    "turnover24h": "number",
    "volume24h": "number",
    "fundingRate": "number",
    "nextFundingTime": "ms",
    "fundingIntervalHour": "whole",
    "fundingCap": "number",
    "predictedDeliveryPrice": "",
    "basisRate": "",
    "basisRateYear": "",
    "basis": "",
    "deliveryFeeRate": "",
    "deliveryTime": "whole",
    "preOpenPrice": "",
    "preQty": "",
    "curPreListingPhase": "",
    "ask1Size": "number",
    "ask1Price": "number",
    "bid1Size": "number",
    "bid1Price": "number",
}
BOOK = {
    "s": "symbol",
    "b": [PRICES],
    "a": [PRICES],
    "ts": "count",
    "u": "count",
    "seq": "count",
    "cts": "count",
}
PUBLIC_TRADE = {
    "execId": "uuid",
    "symbol": "symbol",
    "price": "number",
    "size": "number",
    "side": SIDE,
    "time": "ms",
    "isBlockTrade": "flag",
    "isRPITrade": "flag",
    "seq": "whole",
}
RISK_LIMIT = {
    "id": "count",
    "symbol": "symbol",
    "riskLimitValue": "number",
    "maintenanceMargin": "number",
    "initialMargin": "number",
    "isLowestRisk": "count",
    "maxLeverage": "number",
    "mmDeduction": "number",
}
KEY = {
    "id": "whole",
    "note": "text",
    "apiKey": "text",
    "readOnly": "count",
    "secret": "",
    "permissions": {"*": ["text"]},
    "ips": ["text"],
    "type": "count",
    "deadlineDay": "count",
    "expiredAt": "time",
    "createdAt": "time",
    "unified": "count",
    "uta": "count",
    "userID": "count",
    "userIDInt64": "whole",
    "inviterID": "count",
    "inviterIDInt64": "whole",
    "vipLevel": "text",
    "mktMakerLevel": "number",
    "affiliateID": "count",
    "affiliateIDInt64": "whole",
    "rsaPublicKey": "",
    "isMaster": "flag",
    "parentUid": "whole",
    "kycLevel": ("LEVEL_DEFAULT",),
    "kycRegion": "",
}
CHAIN = {
    "chain": "text",
    "chainType": "text",
    "confirmation": "whole",
    "safeConfirmNumber": "whole",
    "chainDeposit": ("0", "1"),
    "chainWithdraw": ("0", "1"),
    "depositMin": "number",
    "withdrawMin": "number",
    "withdrawFee": "number",
    "withdrawPercentageFee": "number",
    "withdrawMax": "number",
    "minAccuracy": "whole",
    "contractAddress": "text",
}
COLLATERAL = {
    "availableToBorrow": "number",
    "freeBorrowingAmount": "",
    "freeBorrowAmount": "number",
    "maxBorrowingAmount": "number",
    "hourlyBorrowRate": "number",
    "borrowUsageRate": "number",
    "collateralSwitch": "flag",
    "borrowAmount": "number",
    "borrowable": "flag",
    "currency": ("USDT",),
    "otherBorrowAmount": "number",
    "marginCollateral": "flag",
    "freeBorrowingLimit": "number",
    "collateralRatio": "number",
}
ADL = dict.fromkeys(
    (
        "balance",
        "maxBalance",
        "insurancePnlRatio",
        "pnlRatio",
        "adlTriggerThreshold",
        "adlStopRatio",
    ),
    "number",
)
TRANSFER = {
    "transferId": "text",
    "coin": ("USDT",),
    "amount": "number",
    "fromAccountType": ("FUND", "UNIFIED"),
    "toAccountType": ("FUND", "UNIFIED"),
    "timestamp": "ms",
    "status": ("SUCCESS",),
}
MARKET = (
    Endpoint(
        "/v5/market/time", {}, {"timeSecond": "whole", "timeNano": "whole"}, sample="market__time"
    ),
    Endpoint(
        "/v5/market/instruments-info",
        BTC,
        page(INSTRUMENT, category=True),
        sample="account__instrument",
        others=frozenset({"symbolId", "myRpiPermission", "isPublicRpi"}),
    ),
    Endpoint("/v5/market/kline", MINUTES, series(PRICES), sample="market__kline"),
    Endpoint("/v5/market/mark-price-kline", MINUTES, series(PRICES), sample="market__mark-kline"),
    Endpoint("/v5/market/index-price-kline", MINUTES, series(PRICES), sample="market__index-kline"),
    Endpoint(
        "/v5/market/premium-index-price-kline",
        MINUTES,
        series(PRICES),
        sample="market__premium-index-kline",
    ),
    Endpoint(
        "/v5/market/tickers",
        BTC,
        {"category": LINEAR, "list": [TICKER]},
        sample="market__tickers",
    ),
    Endpoint("/v5/market/orderbook", BTC, BOOK, sample="market__orderbook"),
    Endpoint(
        "/v5/market/recent-trade",
        BTC,
        {"category": LINEAR, "list": [PUBLIC_TRADE]},
        sample="market__recent-trade",
    ),
    Endpoint(
        "/v5/market/funding/history",
        BTC,
        {
            "category": LINEAR,
            "list": [{"symbol": "symbol", "fundingRate": "number", "fundingRateTimestamp": "ms"}],
        },
        sample="market__history-fund-rate",
    ),
    Endpoint("/v5/market/risk-limit", BTC, page(RISK_LIMIT, category=True)),
    Endpoint(
        "/v5/market/open-interest",
        BTC | {"intervalTime": "1h"},
        series({"openInterest": "number", "singleOpenInterest": "number", "timestamp": "ms"})
        | {"nextPageCursor": "text"},
        sample="market__open-interest",
    ),
    Endpoint(
        "/v5/market/price-limit",
        BTC,
        {"symbol": "symbol", "buyLmt": "number", "sellLmt": "number", "ts": "ms"},
        sample="market__order-price-limit",
    ),
    Endpoint(
        "/v5/market/insurance",
        {"coin": "USDT"},
        {
            "updatedTime": "ms",
            "list": [
                {"coin": ("USDT",), "symbols": "text", "balance": "number", "value": "number"}
            ],
        },
        sample="market__insurance",
    ),
    Endpoint(
        "/v5/market/account-ratio",
        BTC | {"period": "1h"},
        page({"symbol": "symbol", "buyRatio": "number", "sellRatio": "number", "timestamp": "ms"}),
        sample="market__long-short-ratio",
    ),
    Endpoint(
        "/v5/market/adlAlert",
        {"symbol": "BTCUSDT"},
        {"updatedTime": "ms", "list": [{"coin": ("USDT",), "symbol": "symbol"} | ADL]},
        sample="market__adl-alert",
    ),
    Endpoint("/v5/market/delivery-price", BTC, page("none", category=True)),
    Endpoint(
        "/v5/market/index-price-components",
        {"indexName": "BTCUSDT"},
        {
            "indexName": "symbol",
            "lastPrice": "number",
            "updateTime": "ms",
            "components": [
                {
                    "exchange": ("Bybit",),
                    "spotPair": "symbol",
                    "equivalentPrice": "number",
                    "multiplier": "number",
                    "price": "number",
                    "weight": "number",
                }
            ],
        },
        sample="market__index-components",
    ),
    Endpoint("/v5/market/rpi_orderbook", BTC, BOOK, sample="market__rpi-orderbook"),
    Endpoint("/v5/system/status", {}, {"list": ["none"]}),
)
ORDER_MORE = frozenset(
    {
        "createType",
        "extraFees",
        "ocoTriggerBy",
        "slippageTolerance",
        "slippageToleranceType",
        "cumFeeDetail",
    }
)
OTHER_COINS = frozenset({"MNT", "BTC", "SOL", "XRP", "ETH"})
SIGNED = (
    Endpoint(
        "/v5/order/realtime",
        BTC,
        page(ORDER, category=True),
        sample="order__open-order",
        others=OTHER_COINS,
        more=ORDER_MORE,
    ),
    Endpoint(
        "/v5/order/history",
        BTC,
        page(ORDER, category=True),
        sample="order__order-list",
        others=OTHER_COINS | {"rpiTakerAccess", "rpiMatchedQty"},
        more=ORDER_MORE,
    ),
    Endpoint(
        "/v5/execution/list",
        BTC,
        page(EXECUTION, category=True),
        sample="order__execution",
        more=frozenset({"category", "createType", "execPnl", "isLeverage", "marketUnit"}),
    ),
    Endpoint("/v5/position/list", BTC, page(POSITION, category=True), sample="position__position"),
    Endpoint(
        "/v5/position/closed-pnl",
        BTC,
        page(CLOSED_PNL, category=True),
        sample="position__close-pnl",
    ),
    Endpoint(
        "/v5/account/wallet-balance",
        {"accountType": "UNIFIED"},
        {"list": [WALLET]},
        sample="account__wallet-balance",
    ),
    Endpoint(
        "/v5/account/withdrawal",
        {"coinName": "USDT"},
        {"availableWithdrawal": "number", "availableWithdrawalMap": {"*": "number"}},
        sample="account__unified-trans-amnt",
        others=OTHER_COINS,
        more=frozenset({"USDT"}),
    ),
    Endpoint(
        "/v5/account/info",
        {},
        {
            "unifiedMarginStatus": "count",
            "marginMode": ("REGULAR_MARGIN", "ISOLATED_MARGIN"),
            "isMasterTrader": "flag",
            "spotHedgingStatus": ("OFF",),
            "dcpStatus": ("OFF",),
            "timeWindow": "count",
            "smpGroup": "count",
            "updatedTime": "ms",
        },
        sample="account__account-info",
    ),
    Endpoint(
        "/v5/account/fee-rate",
        BTC,
        {"list": [{"symbol": "symbol", "takerFeeRate": "number", "makerFeeRate": "number"}]},
        sample="account__fee-rate",
    ),
    Endpoint(
        "/v5/account/transaction-log",
        {"accountType": "UNIFIED"},
        page(LOG_ROW),
        sample="account__transaction-log",
    ),
    Endpoint(
        "/v5/account/instruments-info",
        BTC,
        page(
            INSTRUMENT | {"symbolId": "count", "myRpiPermission": "flag", "isPublicRpi": "flag"},
            category=True,
        ),
        sample="account__instrument",
    ),
    Endpoint(
        "/v5/account/collateral-info",
        {},
        {"list": [COLLATERAL]},
        sample="account__collateral-info",
    ),
    Endpoint(
        "/v5/account/query-dcp-info",
        {},
        {"dcpInfos": [{"product": ("DERIVATIVES",), "dcpStatus": ("ON",), "timeWindow": "whole"}]},
        sample="account__dcp-info",
    ),
    Endpoint("/v5/account/smp-group", {}, {"smpGroup": "count"}, sample="account__smp-group"),
    Endpoint(
        "/v5/account/user-setting-config",
        {},
        {"lpaSpot": "flag", "lpaPerp": "flag", "smsef": "flag", "fmsef": "flag"},
        sample="account__get-user-setting-config",
    ),
    Endpoint("/v5/user/query-api", {}, KEY, sample="user__apikey-info"),
    Endpoint(
        "/v5/asset/coin/query-info",
        {},
        {"rows": [{"name": "text", "coin": "text", "remainAmount": "number", "chains": [CHAIN]}]},
        sample="asset__coin-info",
    ),
    Endpoint(
        "/v5/asset/transfer/query-inter-transfer-list",
        {},
        page(TRANSFER),
        sample="asset__transfer__inter-transfer-list",
    ),
    Endpoint(
        "/v5/asset/transfer/query-transfer-coin-list",
        {"fromAccountType": "UNIFIED", "toAccountType": "FUND"},
        {"list": ["text"]},
        sample="asset__transfer__transferable-coin",
    ),
    Endpoint(
        "/v5/asset/transfer/query-account-coins-balance",
        {"accountType": "FUND"},
        {"memberId": "whole", "accountType": ("FUND", "UNIFIED"), "balance": [BALANCE]},
    ),
    Endpoint(
        "/v5/asset/transfer/query-account-coin-balance",
        {"accountType": "UNIFIED", "coin": "USDT"},
        {
            "memberId": "whole",
            "accountId": "whole",
            "bizType": "count",
            "accountType": ("FUND", "UNIFIED"),
            "balance": BALANCE | {"transferSafeAmount": "", "ltvTransferSafeAmount": ""},
        },
    ),
    Endpoint("/v5/asset/transfer/query-universal-transfer-list", {}, page("none")),
    Endpoint(
        "/v5/account/borrow-history",
        {},
        {"nextPageCursor": "text", "list": ["none"]},
    ),
    Endpoint(
        "/v5/apilimit/query",
        {},
        {"list": [{"uids": "whole", "bizType": ("DERIVATIVES",), "rate": "count"}]},
        sample="rate-limit__rules-for-pros__apilimit-query",
    ),
    Endpoint("/v5/asset/coin-greeks", {}, {"list": ["none"]}),
    Endpoint(
        "/v5/position/move-history",
        {},
        {"nextPageCursor": "text", "list": ["none"]},
    ),
    Endpoint(
        "/v5/position/symbol-info",
        {"category": "linear"},
        {
            "category": LINEAR,
            "list": [
                {
                    "symbol": "symbol",
                    "leverage": "number",
                    "side": ("", *SIDE),
                    "positionIdx": "count",
                }
            ],
        },
        sample="position__batch-lvg",
    ),
    Endpoint(
        "/v5/user/get-member-type",
        {},
        {"accounts": [{"uid": "whole", "accountType": ["text"]}]},
        sample="user__wallet-type",
    ),
    Endpoint("/v5/asset/delivery-record", {"category": "linear"}, page("none")),
    Endpoint("/v5/asset/settlement-record", {"category": "linear"}, page("none")),
    Endpoint("/v5/asset/deposit/query-record", {}, {"rows": ["none"], "nextPageCursor": "text"}),
    Endpoint(
        "/v5/asset/deposit/query-internal-record", {}, {"rows": ["none"], "nextPageCursor": "text"}
    ),
    Endpoint("/v5/asset/withdraw/query-record", {}, {"rows": ["none"], "nextPageCursor": "text"}),
)
POSTS = (
    "/v5/account/set-collateral-switch",
    "/v5/account/set-hedging-mode",
    "/v5/account/set-margin-mode",
    "/v5/asset/transfer/inter-transfer",
    "/v5/asset/transfer/universal-transfer",
    "/v5/asset/withdraw/create",
    "/v5/order/amend",
    "/v5/order/amend-batch",
    "/v5/order/cancel",
    "/v5/order/cancel-all",
    "/v5/order/cancel-batch",
    "/v5/order/create",
    "/v5/order/create-batch",
    "/v5/order/disconnected-cancel-all",
    "/v5/order/pre-check",
    "/v5/position/add-margin",
    "/v5/position/confirm-pending-mmr",
    "/v5/position/set-auto-add-margin",
    "/v5/position/set-leverage",
    "/v5/position/set-risk-limit",
    "/v5/position/set-tpsl-mode",
    "/v5/position/switch-isolated",
    "/v5/position/switch-mode",
    "/v5/position/trading-stop",
)
SOCKETS = (
    "/v5/private",
    "/v5/public/inverse",
    "/v5/public/linear",
    "/v5/public/misc/status",
    "/v5/public/option",
    "/v5/public/spot",
    "/v5/trade",
)
