"""Typed settings: the only reader of the environment."""

import base64
import binascii
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from patriot_app.core.errors import Refused

KEY_BYTES_MIN = 32


class Settings(BaseSettings):
    """What a process may know; each gets only the variables that it needs.

    Key files hold base64 of raw bytes and must be readable by their owner alone.
    """

    model_config = SettingsConfigDict(env_prefix="PATRIOT_", extra="ignore")

    database_url: str = Field(default="", repr=False)
    home: Path = Path(".patriot")
    paper_url: str = "http://127.0.0.1:9100"
    public_url: str = "http://127.0.0.1:3000"
    redis_url: str = Field(default="", repr=False)
    trading_key_file: Path | None = None
    trading_public_key_file: Path | None = None
    former_trading_keys: Path | None = None
    """Folder of private trading keys that a rotation has not retired yet."""
    web_key_file: Path | None = None
    session_pepper_file: Path | None = None
    token_key_file: Path | None = None
    """Signs the access tokens of programs (Ed25519); for the web process alone."""
    instance_key_file: Path | None = None
    checkpoint_key_file: Path | None = None
    """Signs the seals of the event log; for the daemon alone."""
    anchor_file: Path | None = None
    """Where a daemon keeps the lines of those seals: on another volume than the database."""
    demo: bool = False
    four_eyes: Literal["on", "off"] = "on"
    breaches: Literal["act", "tell"] = "act"
    """Whether breaches of measured limits pause, halve and close, or are only told to people."""
    kill_file: Path | None = None
    """While it exists, daemons on this machine obey it, with or without a database."""
    database_mark_file: Path | None = None
    """Where a daemon notes which database it met and how far that was written; a restored one is
    recognised by it, or by a file RESTORED beside it."""
    health_port: int = 9101
    log_level: str = "INFO"
    require_bound_ip: bool = True
    """Refuse keys of live accounts that work from any address; elsewhere they are warned about."""
    key_denials_max: int = 3
    """As many times in a row an exchange may keep a key out before it is quarantined."""
    key_renewal_days: int = 180
    """A key of this age is to be renewed; 0 asks nobody."""
    foreign_fills_max: int = 20
    """More trades within an hour that are not ours lock an account down; 0: never."""
    money_out_fraction: Decimal = Decimal("0.5")
    """As much of an account's equity leaving within a day locks it down; 0: never."""
    accounts_per_client_max: int = 5
    minimum_balances: dict[str, Decimal] = {}
    """Least wallet balance, per currency, with which an account is given to a strategy."""
    egress_addresses: str = ""
    """Addresses that accounts are spread over when they are opened: local ones of the trading
    machine with commas between, `local=public` where exchanges see another; empty: the machine's."""
    terms_file: Path | None = None
    """Text that customers agree to when they register; None: the one that comes with the product."""
    argon2_memory_kib: int = 65_536
    argon2_passes: int = 3
    staff_idle_s: int = 900
    staff_session_s: int = 43_200
    client_idle_s: int = 43_200
    client_session_s: int = 604_800
    invoice_term_days: int = Field(default=14, ge=0, le=365)
    access_token_s: int = Field(default=900, ge=60, le=3_600)
    """How long an access token of a program is good."""
    staff_addresses: str = ""
    """Addresses and networks that staff may come from; empty: from everywhere."""
    trusted_proxy_hops: int = 0
    """Our own proxies before the web process; so many entries of X-Forwarded-For are believed."""
    staff_second_factor: Literal["required", "offered"] = "required"
    """`offered` is for desks without real money."""

    # EXECUTION 2.2
    receive_window_ms: int = 3_000
    http_timeout_s: float = 5.0
    clock_skew_ms: int = 1_500
    visibility_delay_binance_s: float = 5.0
    visibility_delay_bybit_s: float = 10.0
    lease_ttl_s: float = 8.0
    lease_renew_s: float = 2.5
    send_margin_ms: int = 1_000
    unprotected_s_max: float = 10.0
    late_leg_s: float = 5.0
    """How long a price may be beyond a stop or target before the desk closes in its place."""
    trailing_pause_s: float = 5.0
    """A trailing stop is moved no sooner than this after its plan's last step."""
    quarantine_after_s: float = 600.0
    balance_age_s_max: float = 60.0
    """An account of which nothing was heard for longer opens nothing."""
    entry_fence_s: float = 2.0
    """How long the database may take to let entries leave; slower counts as down."""
    exit_fence_s: float = 10.0
    first_price_wait_s: float = 10.0
    """How long a signal waits for a fresh price before its accounts are skipped for want of one."""
    twap_impact_bps: Decimal = Field(default=Decimal(50), ge=0)
    """A signal's market entries that would move an exchange's price by more are sent in slices; 0:
    never."""
    twap_span_s: float = Field(default=30.0, gt=0, le=600)
    """In which all slices of an order are sent."""
    twap_slices_max: int = Field(default=10, ge=1, le=100)
    twap_late_s: float = Field(default=5.0, gt=0)
    """A slice that could not be sent this long after its time is given up."""
    book_wait_s: float = Field(default=0.5, gt=0)
    """How long entries wait for an order book; without one they are sent at once."""
    book_age_s_max: float = Field(default=2.0, ge=0)
    """An order book read this long ago is still good for the next signal."""
    fan_out_chunk: int = 250
    shards: int = 64
    entries_at_shutdown: Literal["keep", "cancel"] = "keep"
    """What a trader that is asked to stop does with its entries that rest; stops always stay."""
    maintenance_lead_s: float = Field(default=600.0, ge=0, le=86_400)
    """So long before an exchange's maintenance nothing opens there any more."""
    maintenance_exit_s: float = Field(default=300.0, ge=0, le=86_400)
    """So long before it positions are closed or reduced whose strategies say so."""
    entries_at_maintenance: Literal["keep", "cancel"] = "keep"
    """What becomes of entries that rest when that time has come; stops always stay."""

    rebalance_every: Literal["day", "week"] = "week"
    """How often accounts take on the shares that were asked for; a week's time is on Monday."""
    rebalance_hour: int = Field(default=1, ge=0, le=23)
    """The hour at which they do, UTC of the market."""

    escalate_after_s: float = 300.0
    """An incident that nobody acknowledges wakes the next level of contacts after it."""

    smtp_url: str = ""
    """`smtp://user@host:587` (STARTTLS) or `smtps://user@host:465`; empty: no e-mail is sent."""
    smtp_from: str = ""
    smtp_password_file: Path | None = None

    webhook_key_file: Path | None = None
    """Opens the secrets that calls to the desk's programs are signed with; for the notifier."""
    webhook_public_key_file: Path | None = None
    """Seals them; not a secret."""
    webhook_loopback: bool = False
    """Webhooks may call http and this machine; believed on a demo desk alone."""

    telegram_token_file: Path | None = None
    """Holds the bot's token; for the bot's process alone. None: the desk has no bot."""
    telegram_url: str = "https://api.telegram.org"

    live_endpoint_override: str = ""
    """Loopback address in place of the live exchanges; refused unless it is loopback."""

    @property
    def must_staff_enrol(self) -> bool:
        """Whether staff can do nothing before they have set up a second factor."""
        return self.staff_second_factor == "required" and not self.demo

    @property
    def may_webhooks_loop_back(self) -> bool:
        """Whether webhooks may call http and this machine."""
        return self.webhook_loopback and self.demo

    @property
    def maintenance_lead(self) -> timedelta:
        """Return how long before an exchange's maintenance nothing opens there any more."""
        return timedelta(seconds=self.maintenance_lead_s)

    @property
    def maintenance_exit_lead(self) -> timedelta:
        """Return how long before an exchange's maintenance positions are left."""
        return timedelta(seconds=self.maintenance_exit_s)

    def minimum_balance(self, currency: str = "USDT") -> Decimal:
        """Return the least balance of a currency that an account needs; 0: none."""
        return self.minimum_balances.get(currency, Decimal(0))


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process."""
    return Settings()


def read_terms(otherwise: str) -> str:
    """Return the text that customers agree to.

    Raises:
        Refused: the file that was named is not there.
    """
    path = get_settings().terms_file
    if path is None:
        return otherwise
    if not path.is_file():
        raise Refused(f"PATRIOT_TERMS_FILE: no file {path}")
    return path.read_text(encoding="utf-8").strip()


def read_key(path: Path | None, *, name: str) -> bytes:
    """Return the raw bytes of a key file.

    Raises:
        Refused: the file is not set, missing, readable by others than its owner, or holds no key.
    """
    if path is None:
        raise Refused(f"{name} is not set: this process may not use it")
    if not path.is_file():
        raise Refused(f"{name}: no file {path}")
    if path.stat().st_mode & 0o077:
        raise Refused(f"{name}: {path} must be readable by its owner alone (0400)")
    try:
        key = base64.b64decode(path.read_text().strip(), validate=True)
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Refused(f"{name}: {path} is no base64") from error
    if len(key) < KEY_BYTES_MIN:
        raise Refused(f"{name}: {path} holds {len(key)} bytes, a key has {KEY_BYTES_MIN}")
    return key
