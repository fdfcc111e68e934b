"""What planning must know of an account, gathered by one statement for a whole chunk."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.accounts import AccountMode, AccountStatus, Exchange
from patriot_app.core.domain.halts import TradingState
from patriot_app.core.domain.maintenance import Closure
from patriot_app.core.domain.risk import Exposure
from patriot_app.core.domain.risk_limits import EffectiveLimits


@dataclass(frozen=True, slots=True)
class MarkPrice:
    """A price of one instrument as one exchange sees it in one mode."""

    price: Decimal
    age_ms: int


@dataclass(frozen=True, slots=True)
class HeldEntries:
    """How a position was entered; read only where settings allow more than one entry.

    Attributes:
        entries: orders that entered it so far.
        stop: that protects it now; a further entry takes the same.
    """

    entries: int
    lowest_price: Decimal
    highest_price: Decimal
    stop: Decimal


@dataclass(frozen=True, slots=True)
class AccountTarget:
    """One account of a deployment.

    Attributes:
        status: what the desk wants of it; `is_parked` is the daemon's own fact.
        is_ready: recovery has finished for it (EXECUTION 2.8).
        is_credential_verified: its key is verified and not quarantined or revoked.
        has_order_in_flight: an order on this symbol may or may not exist at the exchange.
        equity, available_balance: USDT; None if never read.
        balance_age_ms: since equity and available_balance were read.
        share: part of the equity allotted to the strategy, 0 < share <= 1.
        leverage: setting for the symbol, as the deployment wants it.
        position_quantity: signed contract units of this symbol, negative is short.
        state: strictest of the trading states that apply to it.
        held: how the position was entered, if that matters.
        is_superseded: a newer signal took this one's place for the account.
        closure: how far its exchange is closed for maintenance.
    """

    account_id: UUID
    shard: int
    exchange: Exchange
    mode: AccountMode
    status: AccountStatus
    is_parked: bool
    is_ready: bool
    is_credential_verified: bool
    has_order_in_flight: bool
    equity: Decimal | None
    available_balance: Decimal | None
    balance_age_ms: int
    share: Decimal
    leverage: int
    position_quantity: Decimal
    limits: EffectiveLimits
    exposure: Exposure
    state: TradingState = TradingState.ACTIVE
    held: HeldEntries | None = None
    is_superseded: bool = False
    closure: Closure = Closure.OPEN
