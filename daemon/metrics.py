"""What the daemon counts; units are in the names, and no label holds an account or an order."""

from prometheus_client import Counter, Gauge, Histogram

# From a loopback answer to the longest time-out.
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)

ORDER_ACK_SECONDS = Histogram(
    "patriot_order_ack_seconds",
    "From handing a write to the transport until its answer was read",
    ["exchange", "write"],
    buckets=_SECONDS,
)
ORDERS_TOTAL = Counter(
    "patriot_orders_total", "Writes by what their answer proved", ["exchange", "write", "outcome"]
)
READ_SECONDS = Histogram(
    "patriot_exchange_read_seconds", "Duration of reads", ["exchange"], buckets=_SECONDS
)
READ_FAILURES_TOTAL = Counter(
    "patriot_exchange_read_failures_total", "Reads that failed", ["exchange", "code"]
)
STREAM_CONNECTED = Gauge("patriot_stream_connected", "Streams that stand now", ["exchange", "kind"])
STREAM_RECONNECTS_TOTAL = Counter(
    "patriot_stream_reconnects_total", "Streams that had to be opened anew", ["exchange", "kind"]
)
STREAM_EVENTS_TOTAL = Counter(
    "patriot_stream_events_total", "Messages taken from streams", ["exchange", "kind"]
)
RATE_WEIGHT_USED = Gauge(
    "patriot_rate_weight_used",
    "Weight the exchange says we used in its current window",
    ["exchange", "source_address"],
)
RATE_WAIT_SECONDS = Histogram(
    "patriot_rate_wait_seconds",
    "Time that requests waited for our own limiter",
    ["exchange", "lane"],
    buckets=(0.0, 0.01, 0.1, 1.0, 5.0, 15.0, 60.0),
)
RATE_SILENCES_TOTAL = Counter(
    "patriot_rate_silences_total", "Times an exchange told us to be silent", ["exchange"]
)
CLOCK_OFFSET_SECONDS = Gauge(
    "patriot_clock_offset_seconds", "Exchange's wire clock minus ours", ["exchange"]
)
INVARIANTS_BROKEN = Gauge(
    "patriot_invariants_broken",
    "Statements that must find nothing and found something",
    ["kind"],
)
BREAKERS_OPENED_TOTAL = Counter(
    "patriot_breakers_opened_total",
    "Times an exchange's orders or reads were left alone because most of them failed",
    ["exchange", "endpoints"],
)
CONDITION = Gauge(
    "patriot_condition",
    "1 for each reason why this process does not trade as it should",
    ["reason"],
)
TRADING = Gauge("patriot_trading", "2 trading, 1 degraded, 0 not trading")
