"""Halts: who may still trade what. The strictest halt that covers an account binds."""

from enum import StrEnum


class HaltScope(StrEnum):
    DESK = "desk"
    EXCHANGE = "exchange"
    STRATEGY = "strategy"
    CLIENT = "client"
    ACCOUNT = "account"


class TradingState(StrEnum):
    ACTIVE = "active"
    REDUCING = "reducing"
    HALTED = "halted"
