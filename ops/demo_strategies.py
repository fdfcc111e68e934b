"""The strategies of the demo tenant: what they trade, and how they leave what runs well."""

_PARAMETERS = {
    "interval_minutes": "5",
    "leverage": "5",
    "risk_per_trade": "0.006",
    # Market time runs faster than orders do: a stop too near is passed before it is placed.
    "stop_distance_min": "0.008",
}
DEPLOYMENTS: tuple[tuple[str, str, tuple[str, ...], dict[str, str]], ...] = (
    (
        "Trend on Bitcoin and Ether",
        "ema_cross",
        ("BTCUSDT", "ETHUSDT"),
        {
            **_PARAMETERS,
            "trailing": "percent",
            # A wide one: each of its moves is two orders on every account.
            "trailing_activation": "0.015",
            "trailing_callback": "0.03",
        },
    ),
    (
        "Breakout on Solana and XRP",
        "donchian_breakout",
        ("SOLUSDT", "XRPUSDT"),
        # The 80/80/50 rule.
        {
            **_PARAMETERS,
            "reward_ratio": "2",
            "partial_trigger": "0.8",
            "partial_close": "0.8",
            "partial_stop": "0.5",
        },
    ),
)
"""Name, kind, symbols and parameters; no symbol is in two of them."""
