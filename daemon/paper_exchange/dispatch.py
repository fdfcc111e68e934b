"""Which function applies which input; the journal replays through the same table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from daemon.paper_exchange import (
    administration,
    amendment,
    isolation,
    listings,
    placement,
)
from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.commands import (
    AdjustMargin,
    AmendConditional,
    AmendOrder,
    CancelConditional,
    CancelOrder,
    ChangeInstrument,
    ClosePosition,
    CreateAccount,
    Deleverage,
    FillOrder,
    Liquidate,
    SetFeeTier,
    SetHedgeMode,
    SetInsuranceFund,
    SetLeverage,
    SetListenKey,
    SetMarginMode,
    SetPermissions,
    SetPreference,
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
    | FillOrder
    | SetLeverage
    | SetHedgeMode
    | SetPermissions
    | SetListenKey
    | SetPreference
    | SetMarginMode
    | AdjustMargin
    | SetFeeTier
    | Transfer
    | ClosePosition
    | Liquidate
    | Deleverage
)
DeskCommand = CreateAccount | ChangeInstrument | SetInsuranceFund | SetPrice
ACCOUNT_COMMANDS: Mapping[type[Any], Callable[[ExchangeState, Account, Any, int], Any]] = {
    OrderRequest: placement.place_order,
    ConditionalRequest: placement.place_conditional,
    AmendOrder: amendment.amend_order,
    AmendConditional: amendment.amend_conditional,
    CancelOrder: amendment.cancel_order,
    CancelConditional: amendment.cancel_conditional,
    FillOrder: administration.fill_open_order,
    SetLeverage: administration.set_leverage,
    SetHedgeMode: administration.set_hedge_mode,
    SetPermissions: administration.set_permissions,
    SetListenKey: administration.set_listen_key,
    SetPreference: administration.set_preference,
    SetMarginMode: isolation.set_margin_mode,
    AdjustMargin: isolation.adjust_margin,
    SetFeeTier: administration.set_fee_tier,
    Transfer: administration.transfer,
    ClosePosition: administration.close_position,
    Liquidate: administration.liquidate,
    Deleverage: administration.deleverage,
}
DESK_COMMANDS: Mapping[type[Any], Callable[[ExchangeState, Any, int], Any]] = {
    CreateAccount: administration.create_account,
    ChangeInstrument: listings.change_instrument,
    SetInsuranceFund: administration.set_insurance_fund,
    SetPrice: administration.set_price,
}
