"""Bybit's payload shapes for executions and for rows of the transaction log."""

from __future__ import annotations

from decimal import Decimal

from daemon.paper_exchange.accounts import LedgerRow, LedgerType
from daemon.paper_exchange.bybit.ids import execution_uuid, funding_uuid, order_uuid
from daemon.paper_exchange.bybit.wire import (
    KINDS,
    LABEL_STOP_TYPE,
    SIDES,
    Json,
    bound_price,
    create_type,
    execution_type,
    link_id,
    text,
)
from daemon.paper_exchange.orders import Order, Trade


def execution_row(trade: Trade, order: Order | None, mark_price: Decimal | None) -> Json:
    """Shape a fill as Bybit's execution; rates are commission over notional.

    Args:
        mark_price: at the fill; None when it is not known any more.
    """
    labels = order.labels if order else {}
    bound = bound_price(labels)
    order_price = order.price if order and order.price is not None else bound
    rate = trade.commission / trade.notional if trade.notional else Decimal(0)
    return {
        "symbol": trade.symbol,
        "category": "linear",
        "execId": execution_uuid(trade.symbol, trade.trade_id),
        "orderId": order_uuid(trade.order_id),
        "orderLinkId": link_id(order) if order else "",
        "side": SIDES[trade.side],
        "orderPrice": text(order_price) if order_price is not None else "0",
        "orderQty": text(order.quantity) if order else text(trade.quantity),
        "leavesQty": text(order.remaining) if order and order.is_open else "0",
        "orderType": KINDS[order.kind] if order else "Market",
        "createType": create_type(order) if order else "CreateByUser",
        "stopOrderType": labels.get(LABEL_STOP_TYPE) or "UNKNOWN",
        "execFee": text(trade.commission),
        "execPrice": text(trade.price),
        "execQty": text(trade.quantity),
        "execType": execution_type(order),
        "execValue": text(trade.notional),
        "execTime": str(trade.time_ms),
        "execPnl": text(trade.realised_pnl),
        "feeCurrency": "",
        "isMaker": trade.is_maker,
        "feeRate": text(rate.quantize(Decimal("0.00000001"))),
        "tradeIv": "",
        "markIv": "",
        "markPrice": text(mark_price) if mark_price is not None else "",
        "indexPrice": "",
        "underlyingPrice": "",
        "blockTradeId": "",
        "closedSize": text(trade.closed_quantity),
        "isLeverage": "0",
        "marketUnit": "",
        "extraFees": "",
        "seq": trade.trade_id,
    }


def funding_execution_row(row: LedgerRow) -> Json:
    """Shape a funding payment as an execution; Bybit shows what was paid as a positive fee."""
    details = row.details
    quantity = Decimal(details.get("position_quantity", "0"))
    mark_price = Decimal(details.get("mark_price", "0"))
    return {
        "symbol": row.symbol,
        "category": "linear",
        "execId": funding_uuid(row.symbol, row.row_id),
        "orderId": order_uuid(0),
        "orderLinkId": "",
        "side": "Buy" if quantity > 0 else "Sell",
        "orderPrice": "0",
        "orderQty": "0",
        "leavesQty": "0",
        "orderType": "UNKNOWN",
        "createType": "",
        "stopOrderType": "UNKNOWN",
        "execFee": text(-row.amount),
        "execPrice": text(mark_price),
        "execQty": text(abs(quantity)),
        "execType": "Funding",
        "execValue": text(abs(quantity) * mark_price),
        "execTime": str(row.time_ms),
        "execPnl": "0",
        "feeCurrency": "",
        "isMaker": False,
        "feeRate": details.get("rate", "0"),
        "tradeIv": "",
        "markIv": "",
        "markPrice": text(mark_price),
        "indexPrice": "",
        "underlyingPrice": "",
        "blockTradeId": "",
        "closedSize": "0",
        "isLeverage": "0",
        "marketUnit": "",
        "extraFees": "",
        "seq": row.row_id,
    }


def log_row(rows: list[LedgerRow], trade: Trade | None, order: Order | None) -> Json:
    """Shape the ledger rows of one cause as a row of the transaction log.

    Bybit writes one row a trade: change = cashFlow + funding - fee, and cashBalance after it.
    """
    last = rows[-1]
    cash_flow = fee = funding = Decimal(0)
    for row in rows:
        if row.type is LedgerType.COMMISSION:
            fee -= row.amount
        elif row.type is LedgerType.FUNDING:
            funding += row.amount
        else:
            cash_flow += row.amount
    quantity = Decimal(last.details.get("position_quantity", "0"))
    is_funding = last.type is LedgerType.FUNDING
    return {
        "id": f"{last.row_id}_{last.symbol}_{last.transaction_id}",
        "symbol": last.symbol,
        "category": "linear" if last.symbol else "",
        "side": SIDES[trade.side] if trade else _funding_side(quantity),
        "transactionTime": str(last.time_ms),
        "type": _log_type(last),
        "transSubType": "",
        "qty": text(trade.quantity if trade else abs(quantity)),
        "size": text(abs(quantity)),
        "currency": last.asset,
        "tradePrice": text(trade.price) if trade else last.details.get("mark_price", ""),
        "funding": text(funding) if is_funding else "",
        "fee": text(fee),
        "cashFlow": text(cash_flow),
        "change": text(cash_flow + funding - fee),
        "cashBalance": text(last.balance_after),
        "feeRate": last.details.get("rate", ""),
        "bonusChange": "",
        "tradeId": _cause(last, trade),
        "orderId": order_uuid(trade.order_id) if trade else "",
        "orderLinkId": link_id(order) if order else "",
        "extraFees": "",
    }


def _cause(row: LedgerRow, trade: Trade | None) -> str:
    """Name the execution behind a row; transfers have none."""
    if trade is not None:
        return execution_uuid(trade.symbol, trade.trade_id)
    return funding_uuid(row.symbol, row.row_id) if row.type is LedgerType.FUNDING else ""


def _funding_side(quantity: Decimal) -> str:
    if not quantity:
        return "None"
    return "Buy" if quantity > 0 else "Sell"


def _log_type(row: LedgerRow) -> str:
    if row.type is LedgerType.TRANSFER:
        return "TRANSFER_IN" if row.amount >= 0 else "TRANSFER_OUT"
    if row.type is LedgerType.FUNDING:
        return "SETTLEMENT"
    if row.type is LedgerType.INSURANCE_CLEAR:
        return "LIQUIDATION"
    return "TRADE"
