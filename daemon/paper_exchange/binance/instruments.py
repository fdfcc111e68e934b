"""exchangeInfo and leverageBracket."""

from __future__ import annotations

from typing import Any, Final

import orjson

from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.binance.limits import ORDERS_PER_MINUTE, ORDERS_PER_TEN_SECONDS
from daemon.paper_exchange.binance.wire import plain
from daemon.paper_exchange.instruments import InstrumentSpec
from daemon.paper_exchange.market import Market
from daemon.paper_exchange.state import ASSET

ORDER_TYPES: Final = (
    "LIMIT",
    "MARKET",
    "STOP",
    "STOP_MARKET",
    "TAKE_PROFIT",
    "TAKE_PROFIT_MARKET",
    "TRAILING_STOP_MARKET",
)
_DELIVERY_MS: Final = 4_133_404_800_000
"""The date that perpetual contracts are given."""
_ONBOARD_MS: Final = 1_569_398_400_000


def get_exchange_info(call: Call) -> dict[str, Any]:
    """Return limits, assets and contracts with their filters."""
    limits = (
        ("REQUEST_WEIGHT", "MINUTE", 1, call.dialect.options.weight_limit),
        ("ORDERS", "MINUTE", 1, ORDERS_PER_MINUTE),
        ("ORDERS", "SECOND", 10, ORDERS_PER_TEN_SECONDS),
    )
    return {
        "timezone": "UTC",
        "serverTime": call.dialect.host.wall_ms(),
        "futuresType": "U_MARGINED",
        "rateLimits": [
            {"rateLimitType": kind, "interval": unit, "intervalNum": number, "limit": limit}
            for kind, unit, number, limit in limits
        ],
        "exchangeFilters": [],
        "assets": [{"asset": ASSET, "marginAvailable": True, "autoAssetExchange": "0"}],
        "symbols": [_symbol(market) for market in call.engine.state.markets.values()],
    }


def get_leverage_bracket(call: Call) -> Any:
    """Return the leverage brackets of a contract or of all."""
    symbol = call.optional_symbol()
    return [
        {"symbol": name, "notionalCoef": 1.0, "brackets": _brackets(spec)}
        for name, spec in call.engine.instruments.items()
        if symbol in {None, name}
    ]


def _symbol(market: Market) -> dict[str, Any]:
    spec = market.spec
    return {
        "symbol": spec.symbol,
        "pair": spec.symbol,
        "contractType": "PERPETUAL",
        "deliveryDate": _DELIVERY_MS,
        "onboardDate": _ONBOARD_MS,
        "status": "TRADING" if market.trading else "SETTLING",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": spec.base,
        "quoteAsset": spec.quote,
        "marginAsset": spec.quote,
        "pricePrecision": spec.price_precision,
        "quantityPrecision": spec.quantity_precision,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "settlePlan": 0,
        "triggerProtect": "0.0500",
        "liquidationFee": "0.012500",
        "marketTakeBound": plain(spec.market_take_bound),
        "maxMoveOrderLimit": 10000,
        "filters": _filters(spec),
        "orderTypes": list(ORDER_TYPES),
        "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD"],
        "permissionSets": ["GRID", "COPY"],
    }


def _filters(spec: InstrumentSpec) -> list[dict[str, Any]]:
    step, least = plain(spec.step_size), plain(spec.min_quantity)
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": plain(spec.min_price),
            "maxPrice": plain(spec.max_price),
            "tickSize": plain(spec.tick_size),
        },
        {
            "filterType": "LOT_SIZE",
            "stepSize": step,
            "maxQty": plain(spec.max_quantity),
            "minQty": least,
        },
        {
            "filterType": "MARKET_LOT_SIZE",
            "stepSize": step,
            "maxQty": plain(spec.market_max_quantity),
            "minQty": least,
        },
        {"filterType": "MAX_NUM_ORDERS", "limit": 200},
        {"filterType": "MIN_NOTIONAL", "notional": plain(spec.min_notional)},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": plain(spec.multiplier_up),
            "multiplierDown": plain(spec.multiplier_down),
            "multiplierDecimal": "4",
        },
        {"filterType": "POSITION_RISK_CONTROL", "positionControlSide": "NONE"},
    ]


def _brackets(spec: InstrumentSpec) -> list[dict[str, Any]]:
    return [
        {
            "bracket": number,
            "initialLeverage": int(bracket.max_leverage),
            "notionalCap": int(bracket.cap),
            "notionalFloor": int(bracket.floor),
            "maintMarginRatio": orjson.Fragment(plain(bracket.maintenance_rate)),
            "cum": orjson.Fragment(plain(bracket.cumulative)),
        }
        for number, bracket in enumerate(spec.brackets, start=1)
    ]
