"""Which function applies which input; the journal replays through the same table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from daemon.paper_exchange import administration, amendment, placement
from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.commands import (
    AmendConditional,
    AmendOrder,
    CancelConditional,
    CancelOrder,
    ClosePosition,
    CreateAccount,
    SetHedgeMode,
    SetLeverage,
    SetListenKey,
    SetPermissions,
    SetPrice,
    Transfer,
)
from daemon.paper_exchange.orders import ConditionalRequest, OrderRequest
from daemon.paper_exchange.state import ExchangeState

Payload = (
    OrderRequest
    | ConditionalRequest
    | AmendOrder
    | AmendConditional
    | CancelOrder
    | CancelConditional
    | SetLeverage
    | SetHedgeMode
    | SetPermissions
    | SetListenKey
    | Transfer
    | ClosePosition
)
ACCOUNT_COMMANDS: Mapping[type[Any], Callable[[ExchangeState, Account, Any, int], Any]] = {
    OrderRequest: placement.place_order,
    ConditionalRequest: placement.place_conditional,
    AmendOrder: amendment.amend_order,
    AmendConditional: amendment.amend_conditional,
    CancelOrder: amendment.cancel_order,
    CancelConditional: amendment.cancel_conditional,
    SetLeverage: administration.set_leverage,
    SetHedgeMode: administration.set_hedge_mode,
    SetPermissions: administration.set_permissions,
    SetListenKey: administration.set_listen_key,
    Transfer: administration.transfer,
    ClosePosition: administration.close_position,
}
DESK_COMMANDS: Mapping[type[Any], Callable[[ExchangeState, Any, int], Any]] = {
    CreateAccount: administration.create_account,
    SetPrice: administration.set_price,
}
