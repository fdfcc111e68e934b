"""Keys, types and words of the Binance dialect's answers and frames, as data.

A shape is a line of ``key:type``; ``key?`` may be missing. Types: num (a decimal number as a
string), str, int, ms (a time in milliseconds), bool, null, number (a JSON number); ``#word`` one
of the words below, ``@shape`` an object, ``[type]`` a list of them, ``a/b`` either.
"""

from typing import Final

WORDS: Final[dict[str, str]] = {
    "side": "BUY SELL",
    "position_side": "BOTH LONG SHORT",
    "status": "NEW PARTIALLY_FILLED FILLED CANCELED EXPIRED EXPIRED_IN_MATCH",
    "type": "LIMIT MARKET",
    "original_type": "LIMIT MARKET STOP STOP_MARKET TAKE_PROFIT TAKE_PROFIT_MARKET "
    "TRAILING_STOP_MARKET LIQUIDATION",
    "time_in_force": "GTC IOC FOK GTX GTD GTE_GTC",
    "working": "CONTRACT_PRICE MARK_PRICE",
    "algo_status": "NEW TRIGGERING TRIGGERED FINISHED CANCELED EXPIRED REJECTED",
    "algo_type": "CONDITIONAL",
    "execution": "NEW TRADE CANCELED EXPIRED AMENDMENT CALCULATED",
    "match": "NONE OPPONENT OPPONENT_5 OPPONENT_10 OPPONENT_20 QUEUE QUEUE_5 QUEUE_10 QUEUE_20",
    "self_trade": "NONE EXPIRE_TAKER EXPIRE_MAKER EXPIRE_BOTH",
    "margin": "CROSSED ISOLATED",
    "margin_small": "cross isolated",
    "contract": "PERPETUAL",
    "symbol_status": "TRADING SETTLING",
    "income": "TRANSFER REALIZED_PNL COMMISSION FUNDING_FEE INSURANCE_CLEAR",
    "reason": "ORDER FUNDING_FEE DEPOSIT WITHDRAW MARGIN_TRANSFER",
    "limit": "REQUEST_WEIGHT ORDERS",
    "unit": "SECOND MINUTE",
    "adl": "low medium high",
}

_ORDER: Final = (
    "orderId:int symbol:str status:#status clientOrderId:str price:num origQty:num "
    "executedQty:num timeInForce:#time_in_force type:#type reduceOnly:bool closePosition:bool "
    "side:#side positionSide:#position_side stopPrice:num workingType:#working "
    "priceProtect:bool origType:#original_type priceMatch:#match "
    "selfTradePreventionMode:#self_trade goodTillDate:int updateTime:ms "
    "activatePrice?:num priceRate?:num pair?:str "
)
_ALGO: Final = (
    "algoId:int clientAlgoId:str algoType:#algo_type orderType:#original_type symbol:str "
    "side:#side positionSide:#position_side timeInForce:#time_in_force quantity:num "
    "algoStatus:#algo_status triggerPrice:num price:num icebergQuantity:null "
    "selfTradePreventionMode:#self_trade workingType:#working priceMatch:#match "
    "closePosition:bool priceProtect:bool reduceOnly:bool createTime:ms updateTime:ms "
    "triggerTime:int goodTillDate:int activatePrice?:num callbackRate?:num "
)
_TOTALS: Final = (
    "totalInitialMargin:num totalMaintMargin:num totalWalletBalance:num "
    "totalUnrealizedProfit:num totalMarginBalance:num totalPositionInitialMargin:num "
    "totalOpenOrderInitialMargin:num totalCrossWalletBalance:num totalCrossUnPnl:num "
    "availableBalance:num maxWithdrawAmount:num "
)
_ASSET: Final = (
    "asset:str walletBalance:num unrealizedProfit:num marginBalance:num maintMargin:num "
    "initialMargin:num positionInitialMargin:num openOrderInitialMargin:num "
    "crossWalletBalance:num crossUnPnl:num availableBalance:num maxWithdrawAmount:num "
    "updateTime:ms "
)
_POSITION: Final = (
    "symbol:str positionSide:#position_side positionAmt:num unrealizedProfit:num "
    "isolatedMargin:num notional:num isolatedWallet:num initialMargin:num maintMargin:num "
    "updateTime:int "
)
_RISK: Final = (
    "symbol:str positionSide:#position_side positionAmt:num entryPrice:num breakEvenPrice:num "
    "markPrice:num unRealizedProfit:num liquidationPrice:num isolatedMargin:num notional:num "
    "marginAsset:str isolatedWallet:num initialMargin:num maintMargin:num "
    "positionInitialMargin:num openOrderInitialMargin:num adl:int bidNotional:num "
    "askNotional:num updateTime:int "
)
_RISK_V1: Final = (
    "symbol:str positionAmt:num entryPrice:num markPrice:num unRealizedProfit:num "
    "liquidationPrice:num leverage:num maxNotionalValue:num marginType:#margin_small "
    "isolatedMargin:num isAutoAddMargin:str positionSide:#position_side "
)
_CONFIG: Final = (
    "feeTier:int feeBurn:bool canTrade:bool canDeposit:bool canWithdraw:bool updateTime:int "
    "multiAssetsMargin:bool tradeGroupId:int "
)
_LEVELS: Final = "[[num]]"
_DONE: Final = "code:int msg:str"

SHAPES: Final[dict[str, str]] = {
    "done": _DONE,
    "lean_ack": f"{_ORDER} cumQty:num",
    "ack": f"{_ORDER} cumQty:num avgPrice:num cumQuote:num modifyId?:int",
    "order": f"{_ORDER} avgPrice:num cumQuote:num time:ms",
    "algo_ack": _ALGO,
    "algo": f"{_ALGO} actualOrderId:str actualPrice:num actualQty:num actualType:str",
    "algo_cancelled": "algoId:int clientAlgoId:str code:str msg:str",
    "account": f"{_TOTALS} assets:[@asset] positions:[@position]",
    "account_v2": f"{_CONFIG} {_TOTALS} assets:[@asset_v2] positions:[@position_v2]",
    "asset": _ASSET,
    "asset_v2": f"{_ASSET} marginAvailable:bool",
    "position": _POSITION,
    "position_v2": f"{_POSITION} positionInitialMargin:num openOrderInitialMargin:num "
    "leverage:num isolated:bool entryPrice:num breakEvenPrice:num maxNotional:num "
    "bidNotional:num askNotional:num",
    "risk": _RISK,
    "risk_v1": _RISK_V1,
    "risk_v2": f"{_RISK_V1} breakEvenPrice:num notional:num isolatedWallet:num updateTime:int",
    "balance_v1": "accountAlias:str asset:str balance:num withdrawAvailable:num updateTime:ms",
    "account_v1": "feeTier:int canTrade:bool canDeposit:bool canWithdraw:bool updateTime:int "
    "totalInitialMargin:num totalMaintMargin:num totalWalletBalance:num "
    "totalUnrealizedProfit:num totalMarginBalance:num totalPositionInitialMargin:num "
    "totalOpenOrderInitialMargin:num maxWithdrawAmount:num assets:[@asset_v1] "
    "positions:[@position_v1]",
    "asset_v1": "asset:str walletBalance:num unrealizedProfit:num marginBalance:num "
    "maintMargin:num initialMargin:num positionInitialMargin:num openOrderInitialMargin:num "
    "maxWithdrawAmount:num",
    "position_v1": "symbol:str initialMargin:num maintMargin:num unrealizedProfit:num "
    "positionInitialMargin:num openOrderInitialMargin:num leverage:num isolated:bool "
    "entryPrice:num maxNotional:num positionSide:#position_side",
    "balance": "accountAlias:str asset:str balance:num crossWalletBalance:num crossUnPnl:num "
    "availableBalance:num maxWithdrawAmount:num marginAvailable:bool updateTime:ms",
    "config": f"{_CONFIG} dualSidePosition:bool",
    "symbol_config": "symbol:str marginType:#margin isAutoAddMargin:bool leverage:int "
    "maxNotionalValue:num",
    "multi_assets": "multiAssetsMargin:bool",
    "dual": "dualSidePosition:bool",
    "fee_burn": "feeBurn:bool",
    "leverage": "leverage:int maxNotionalValue:num symbol:str",
    "commission": "symbol:str makerCommissionRate:num takerCommissionRate:num "
    "rpiCommissionRate:num",
    "brackets": "symbol:str notionalCoef:number brackets:[@bracket]",
    "bracket": "bracket:int initialLeverage:int notionalCap:int notionalFloor:int "
    "maintMarginRatio:number cum:number",
    "order_limit": "rateLimitType:#limit interval:#unit intervalNum:int limit:int",
    "trade": "buyer:bool commission:num commissionAsset:str id:int maker:bool orderId:int "
    "price:num qty:num quoteQty:num realizedPnl:num side:#side positionSide:#position_side "
    "symbol:str pair:str marginAsset:str time:ms",
    "income": "symbol:str incomeType:#income income:num asset:str info:str time:ms tranId:int "
    "tradeId:str",
    "margin_moved": "amount:number code:int msg:str type:int",
    "margin_change": "symbol:str type:int deltaType:str amount:num asset:str time:ms "
    "positionSide:#position_side",
    "amendment": "amendmentId:int symbol:str pair:str orderId:int clientOrderId:str time:ms "
    "amendment:@amended",
    "amended": "price:@change origQty:@change count:int modifyId?:int",
    "change": "before:num after:num",
    "countdown": "symbol:str countdownTime:num",
    "trading_status": "indicators:@any updateTime:ms",
    "adl_quantile": "symbol:str adlQuantile:@any",
    "any": "",
    "listen_key": "listenKey:str",
    "rights": "ipRestrict:bool createTime:ms enableReading:bool enableWithdrawals:bool "
    "enableInternalTransfer:bool enableMargin:bool enableFutures:bool "
    "permitsUniversalTransfer:bool enableVanillaOptions:bool enableFixApiTrade:bool "
    "enableFixReadOnly:bool enableSpotAndMarginTrading:bool enablePortfolioMarginTrading:bool "
    "tradingAuthorityExpirationTime?:ms",
    "coin": "coin:str depositAllEnable:bool withdrawAllEnable:bool name:str free:num locked:num "
    "freeze:num withdrawing:num ipoing:num ipoable:num storage:num isLegalMoney:bool "
    "trading:bool networkList:[@any]",
    "time": "serverTime:ms",
    "price": "symbol:str price:num time:ms",
    "book_ticker": "symbol:str bidPrice:num bidQty:num askPrice:num askQty:num time:ms",
    "day": "symbol:str priceChange:num priceChangePercent:num weightedAvgPrice:num lastPrice:num "
    "lastQty:num openPrice:num highPrice:num lowPrice:num volume:num quoteVolume:num "
    "openTime:ms closeTime:ms firstId:int lastId:int count:int",
    "depth": f"lastUpdateId:int E:ms T:ms bids:{_LEVELS} asks:{_LEVELS}",
    "public_trade": "id:int price:num qty:num quoteQty:num time:ms isBuyerMaker:bool "
    "isRPITrade:bool",
    "aggregate": "a:int p:num q:num nq:num f:int l:int T:ms m:bool",
    "premium": "symbol:str markPrice:num indexPrice:num estimatedSettlePrice:num "
    "lastFundingRate:num interestRate:num nextFundingTime:ms time:ms",
    "funding": "symbol:str fundingRate:num fundingTime:ms markPrice:num rateType:str",
    "funding_info": "symbol:str adjustedFundingRateCap:num adjustedFundingRateFloor:num "
    "fundingIntervalHours:int disclaimer:bool",
    "open_interest": "openInterest:num symbol:str time:ms",
    "constituents": "symbol:str time:ms constituents:[@any]",
    "exchange": "timezone:str serverTime:ms futuresType:str rateLimits:[@order_limit] "
    "exchangeFilters:[@any] assets:[@margin_asset] symbols:[@contract]",
    "margin_asset": "asset:str marginAvailable:bool autoAssetExchange:num",
    "contract": "symbol:str pair:str contractType:#contract deliveryDate:ms onboardDate:ms "
    "status:#symbol_status maintMarginPercent:num requiredMarginPercent:num baseAsset:str "
    "quoteAsset:str marginAsset:str pricePrecision:int quantityPrecision:int "
    "baseAssetPrecision:int quotePrecision:int underlyingType:str underlyingSubType:[str] "
    "settlePlan:int triggerProtect:num liquidationFee:num marketTakeBound:num "
    "maxMoveOrderLimit:int filters:[@any] orderTypes:[#original_type] "
    "timeInForce:[#time_in_force] permissionSets:[str]",
    # Frames.
    "ORDER_TRADE_UPDATE": "e:str T:ms E:ms o:@order_event",
    "order_event": "s:str c:str S:#side o:#type f:#time_in_force q:num p:num ap:num sp:num "
    "x:#execution X:#status i:int l:num z:num L:num N?:str n?:num T:ms t:int b:num a:num m:bool "
    "R:bool wt:#working ot:#original_type ps:#position_side cp:bool AP?:num cr?:num pP:bool "
    "si:int ss:int rp:num V:#self_trade pm:#match gtd:int er:num",
    "TRADE_LITE": "e:str E:ms T:ms s:str q:num p:num m:bool c:str S:#side L:num l:num t:int i:int",
    "ACCOUNT_UPDATE": "e:str T:ms E:ms a:@account_event",
    "account_event": "m:#reason B:[@balance_event] P:[@position_event]",
    "balance_event": "a:str wb:num cw:num bc:num",
    "position_event": "s:str pa:num ep:num bep:num cr:num up:num mt:#margin_small iw:num "
    "ps:#position_side ma:str",
    "ALGO_UPDATE": "e:str T:ms E:ms o:@algo_event",
    "algo_event": "caid:str aid:int at:#algo_type o:#original_type s:str S:#side "
    "ps:#position_side f:#time_in_force q:num X:#algo_status ai:str ap:num aq:num act:str tp:num "
    "p:num V:#self_trade wt:#working pm:#match cp:bool pP:bool R:bool tt:int gtd:int rm?:str",
    "ACCOUNT_CONFIG_UPDATE": "e:str E:ms T:ms ac:@leverage_event",
    "leverage_event": "s:str l:int",
    "MARGIN_CALL": "e:str E:ms cw?:num p:[@called_position]",
    "called_position": "s:str ps:#position_side pa:num mt:#margin iw:num mp:num up:num mm:num",
    "listenKeyExpired": "e:str E:ms listenKey:str",
    "kline": "e:str E:ms s:str k:@candle_event",
    "candle_event": "t:ms T:ms s:str i:str f:int L:int o:num c:num h:num l:num v:num n:int "
    "x:bool q:num V:num Q:num B:num",
    "markPriceUpdate": "e:str E:ms s:str p:num ap:num P:num i:num r:num T:ms st:int",
    "bookTicker": "e:str u:int E:ms T:ms s:str ps:str b:num B:num a:num A:num st:int",
    "24hrMiniTicker": "e:str E:ms s:str ps:str c:num o:num h:num l:num v:num q:num st:int",
    "24hrTicker": "e:str E:ms s:str ps:str p:num P:num w:num c:num Q:num o:num h:num l:num "
    "v:num q:num O:ms C:ms F:int L:int n:int st:int",
    "aggTrade": "e:str E:ms s:str a:int p:num q:num nq:num f:int l:int T:ms m:bool st:int",
    "trade_frame": "e:str E:ms T:ms s:str t:int p:num q:num X:str m:bool",
    "depthUpdate": f"e:str E:ms T:ms s:str ps:str U:int u:int pu:int b:{_LEVELS} a:{_LEVELS} "
    "st:int",
    "forceOrder": "e:str E:ms o:@force_event ps:str st:int",
    "force_event": "s:str S:#side o:str f:#time_in_force q:num p:num ap:num X:#status l:num "
    "z:num T:ms",
}
