"""How Bybit lists a contract: its filters and its risk limits."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from daemon.paper_exchange.bybit.wire import Json, text
from daemon.paper_exchange.instruments import FUNDING_INTERVAL_MS, InstrumentSpec
from daemon.paper_exchange.prices import MINUTE_MS

LAUNCH_MS: Final = 1_585_526_400_000
FUNDING_BOUND: Final = "0.005"


def instrument_row(spec: InstrumentSpec) -> Json:
    """Shape a contract for market/instruments-info."""
    band = text(spec.multiplier_up - 1)
    return {
        "symbol": spec.symbol,
        "contractType": "LinearPerpetual",
        "status": "Trading",
        "baseCoin": spec.base,
        "quoteCoin": spec.quote,
        "launchTime": str(LAUNCH_MS),
        "deliveryTime": "0",
        "deliveryFeeRate": "",
        "priceScale": str(spec.price_precision),
        "leverageFilter": {
            "minLeverage": "1",
            "maxLeverage": format(spec.max_leverage, ".2f"),
            "leverageStep": "1",
        },
        "priceFilter": {
            "minPrice": format(spec.min_price, "f"),
            "maxPrice": format(spec.max_price, "f"),
            "tickSize": format(spec.tick_size, "f"),
        },
        "lotSizeFilter": {
            "maxOrderQty": text(spec.max_quantity),
            "minOrderQty": text(spec.min_quantity),
            "qtyStep": text(spec.step_size),
            "postOnlyMaxOrderQty": text(spec.max_quantity),
            "maxMktOrderQty": text(spec.market_max_quantity),
            "minNotionalValue": text(spec.min_notional),
        },
        "unifiedMarginTrade": True,
        "fundingInterval": FUNDING_INTERVAL_MS // MINUTE_MS,
        "settleCoin": spec.quote,
        "copyTrading": "none",
        "upperFundingRate": FUNDING_BOUND,
        "lowerFundingRate": f"-{FUNDING_BOUND}",
        "isPreListing": False,
        "preListingInfo": None,
        "riskParameters": {"priceLimitRatioX": band, "priceLimitRatioY": band},
        "displayName": "",
        "symbolType": "",
    }


def risk_rows(spec: InstrumentSpec) -> list[Json]:
    """Shape a contract's brackets for market/risk-limit."""
    return [
        {
            "id": tier,
            "symbol": spec.symbol,
            "riskLimitValue": text(bracket.cap),
            "maintenanceMargin": text(bracket.maintenance_rate),
            "initialMargin": text((1 / bracket.max_leverage).quantize(Decimal("0.0001"))),
            "isLowestRisk": 1 if tier == 1 else 0,
            "maxLeverage": format(bracket.max_leverage, ".2f"),
            "mmDeduction": text(bracket.cumulative),
        }
        for tier, bracket in enumerate(spec.brackets, start=1)
    ]
