"""What customers and the exchange itself do to accounts and markets, as faults that are planned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from daemon.paper_exchange.accounts import Account, MarginMode
from daemon.paper_exchange.commands import (
    CancelConditional,
    CancelOrder,
    ChangeInstrument,
    ClosePosition,
    Liquidate,
    SetHedgeMode,
    SetLeverage,
    SetListenKey,
    SetMarginMode,
    SetPermissions,
    Transfer,
)
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.fault_fills import fill_late, fill_orders, find_open, overfill
from daemon.paper_exchange.faults.kinds import FaultKind
from daemon.paper_exchange.faults.rules import FaultRule
from daemon.paper_exchange.fields import InvalidField
from daemon.paper_exchange.host import PaperHost
from daemon.paper_exchange.orders import (
    Order,
    OrderKind,
    OrderRequest,
    Side,
    TimeInForce,
)
from daemon.paper_exchange.refusals import Reason, Refused
from daemon.paper_exchange.sockets import TRADING_PATHS, Line

K = FaultKind
Act = Callable[[Engine, Account, FaultRule], str]


class Interventions:
    """Carries out actions on the engines of one process."""

    def __init__(self, host: PaperHost) -> None:
        self._host = host

    def act(self, rule: FaultRule) -> str:
        """Do what a rule says and return it in words.

        Raises:
            InvalidField: the rule names no account or contract where it must.
            Refused: the engine refuses it.
        """
        if rule.kind is K.DISCONNECT:
            return f"{self._host.sockets.disconnect(rule)} sockets"
        if rule.kind is K.CLOCK_SKEW:
            return self._skew(rule)
        if rule.kind in _MARKET_ACTS:
            return self._change_market(rule)
        engine = self._engine(rule.match.exchange)
        account = engine.accounts.get(rule.match.api_key)
        if account is None:
            raise InvalidField("api_key", f"no such account at {rule.match.exchange}")
        done = _ACCOUNT_ACTS[rule.kind](engine, account, rule)
        if rule.kind in {K.PERMISSIONS_CHANGE, K.IP_RESTRICTION}:
            self._end_streams(engine, account)
        return done

    def refresh(self) -> None:
        """End the private streams of keys that a standing fault refuses altogether."""
        for kind in (K.KEY_REVOKED, K.IP_NOT_ALLOWED):
            for rule in self._host.faults.standing(kind):
                if rule.times is None and not rule.match.path and not rule.match.method:
                    self._end_refused(rule)

    def _end_refused(self, rule: FaultRule) -> None:
        for line in list(self._host.sockets.lines):
            account = self._engine(line.exchange).accounts.get(line.whose())
            if account is not None and rule.match.meets_socket(
                exchange=line.exchange, api_key=line.whose(), address=line.address, path=line.path
            ):
                self._end_stream(self._engine(line.exchange), account, line)

    def _end_streams(self, engine: Engine, account: Account) -> None:
        """End the private streams that the key's rights do not allow any more."""
        rights = account.permissions
        for line in list(self._host.sockets.lines):
            if self._host.engines[line.exchange] is not engine:
                continue
            is_foreign = bool(rights.ip_whitelist) and line.address not in rights.ip_whitelist
            if line.whose() == account.api_key and (is_foreign or not rights.read):
                self._end_stream(engine, account, line)

    def _end_stream(self, engine: Engine, account: Account, line: Line) -> None:
        """Do what the exchange does: Binance's listen key ends and says so, Bybit hangs up."""
        if line.exchange == "binance" and account.listen_key:
            engine.submit(account, SetListenKey(listen_key="", expires_ms=0))
        elif line.exchange == "bybit" or line.path.startswith(TRADING_PATHS):
            line.abort()

    def _engine(self, exchange: str) -> Engine:
        engine = self._host.engines.get(exchange)
        if engine is None:
            raise InvalidField("exchange", f"must be one of {', '.join(self._host.engines)}")
        return engine

    def _engines(self, rule: FaultRule) -> Mapping[str, Engine]:
        if rule.match.exchange:
            return {rule.match.exchange: self._engine(rule.match.exchange)}
        return self._host.engines

    def _skew(self, rule: FaultRule) -> str:
        skew_ms = rule.parameters["skew_ms"]
        for name in self._engines(rule):
            self._host.skews_ms[name] = skew_ms
        return f"server time is off by {skew_ms} ms"

    def _change_market(self, rule: FaultRule) -> str:
        done: list[str] = []
        for name, engine in self._engines(rule).items():
            symbol = rule.match.symbol
            if symbol not in engine.state.markets:
                raise InvalidField("symbol", f"is not listed at {name}")
            done.append(f"{name} {_MARKET_ACTS[rule.kind](engine, symbol, rule)}")
        return ", ".join(done)


def _change_leverage(engine: Engine, account: Account, rule: FaultRule) -> str:
    leverage = rule.parameters["leverage"]
    engine.submit(account, SetLeverage(symbol=rule.match.symbol, leverage=leverage))
    return f"{rule.match.symbol} leverage {leverage}"


def _change_margin_mode(engine: Engine, account: Account, rule: FaultRule) -> str:
    mode = MarginMode(rule.parameters["margin_mode"])
    engine.submit(account, SetMarginMode(symbol=rule.match.symbol, margin_mode=mode))
    return f"{rule.match.symbol or 'every contract'} {mode}"


def _change_position_mode(engine: Engine, account: Account, rule: FaultRule) -> str:
    hedge_mode = rule.parameters["hedge_mode"]
    engine.submit(account, SetHedgeMode(hedge_mode=hedge_mode))
    return "hedge mode" if hedge_mode else "one-way mode"


def _close_position(engine: Engine, account: Account, rule: FaultRule) -> str:
    wanted = rule.match.symbol
    held = [p for p in account.positions.values() if p.quantity and wanted in {"", p.symbol}]
    if not held:
        raise Refused(Reason.NO_POSITION)
    for position in held:
        side = position.position_side
        engine.submit(account, ClosePosition(symbol=position.symbol, position_side=side))
    return f"closed {', '.join(position.key for position in held)}"


def _cancel_order(engine: Engine, account: Account, rule: FaultRule) -> str:
    found = find_open(engine, account, rule)
    if not found:
        raise Refused(Reason.UNKNOWN_ORDER)
    for order in found:
        if isinstance(order, Order):
            engine.submit(account, CancelOrder(order_id=order.order_id))
        else:
            engine.submit(account, CancelConditional(conditional_id=order.conditional_id))
    return f"cancelled {len(found)} orders"


def _trade_by_hand(engine: Engine, account: Account, rule: FaultRule) -> str:
    request = OrderRequest(
        symbol=rule.match.symbol,
        side=Side(rule.parameters["side"]),
        kind=OrderKind.MARKET,
        quantity=Decimal(rule.parameters["quantity"]),
        time_in_force=TimeInForce.IOC,
        client_order_id=f"web_{engine.state.sequences.order + 1}",
        labels={"type": "MARKET"},
    )
    order = engine.place_order(account, request)
    return f"order {order.order_id}"


def _change_permissions(engine: Engine, account: Account, rule: FaultRule) -> str:
    changed = rule.parameters["permissions"]
    permissions = replace(account.permissions, **changed)
    engine.submit(account, SetPermissions(permissions=permissions))
    return ", ".join(f"{name} {value}" for name, value in changed.items())


def _restrict_addresses(engine: Engine, account: Account, rule: FaultRule) -> str:
    addresses = tuple(rule.parameters["addresses"])
    permissions = replace(account.permissions, ip_whitelist=addresses)
    engine.submit(account, SetPermissions(permissions=permissions))
    return f"only {', '.join(addresses)}" if addresses else "any address"


def _deposit(engine: Engine, account: Account, rule: FaultRule) -> str:
    engine.submit(account, Transfer(amount=Decimal(rule.parameters["amount"])))
    return f"{rule.parameters['amount']} USDT in"


def _withdraw(engine: Engine, account: Account, rule: FaultRule) -> str:
    engine.submit(account, Transfer(amount=-Decimal(rule.parameters["amount"])))
    return f"{rule.parameters['amount']} USDT out"


def _liquidate(engine: Engine, account: Account, rule: FaultRule) -> str:
    engine.submit(account, Liquidate())
    return "liquidated"


def _expire_listen_key(engine: Engine, account: Account, rule: FaultRule) -> str:
    if not account.listen_key:
        return "there was no listen key"
    engine.submit(account, SetListenKey(listen_key="", expires_ms=0))
    return "listen key ended"


def _move_price(engine: Engine, symbol: str, rule: FaultRule) -> str:
    if "price" in rule.parameters:
        price = Decimal(rule.parameters["price"])
    else:
        engine.enter()
        percent = Decimal(rule.parameters["percent"])
        price = engine.market(symbol).last_price * (1 + percent / 100)
    return f"{symbol} at {engine.set_price(symbol, price)}"


def _change_filters(engine: Engine, symbol: str, rule: FaultRule) -> str:
    values = {name: Decimal(value) for name, value in rule.parameters.items()}
    trading = engine.market(symbol).trading
    engine.change_instrument(ChangeInstrument(symbol=symbol, values=values, trading=trading))
    return f"{symbol} {', '.join(f'{name} {value}' for name, value in values.items())}"


def _change_listing(engine: Engine, symbol: str, rule: FaultRule) -> str:
    trading = rule.parameters["status"] == "TRADING"
    engine.change_instrument(ChangeInstrument(symbol=symbol, values={}, trading=trading))
    return f"{symbol} {rule.parameters['status']}"


_ACCOUNT_ACTS: Final[Mapping[K, Act]] = {
    K.LEVERAGE_CHANGE: _change_leverage,
    K.MARGIN_MODE_CHANGE: _change_margin_mode,
    K.POSITION_MODE_CHANGE: _change_position_mode,
    K.CLOSE_POSITION: _close_position,
    K.CANCEL_ORDER: _cancel_order,
    K.FILL_ORDER: fill_orders,
    K.OVERFILL: overfill,
    K.FILL_AFTER_CANCEL: fill_late,
    K.FOREIGN_ORDER: _trade_by_hand,
    K.PERMISSIONS_CHANGE: _change_permissions,
    K.IP_RESTRICTION: _restrict_addresses,
    K.DEPOSIT: _deposit,
    K.WITHDRAWAL: _withdraw,
    K.LIQUIDATION: _liquidate,
    K.LISTEN_KEY_EXPIRED: _expire_listen_key,
}
_MARKET_ACTS: Final[Mapping[K, Callable[[Engine, str, FaultRule], str]]] = {
    K.PRICE_MOVE: _move_price,
    K.FILTER_CHANGE: _change_filters,
    K.DELISTING: _change_listing,
}
