"""What the code cites exists, and what can be set is said where people look."""

import re
from collections.abc import Iterator
from pathlib import Path

from patriot_app.core.settings import Settings

ROOT = Path(__file__).parents[2]
ADRS = {path.name[:4] for path in (ROOT / "docs" / "adr").glob("[0-9]*.md")}

# Set by `patriot`, by compose or by tests; never by hand.
NOT_BY_HAND = {
    "argon2_memory_kib",
    "argon2_passes",
    "checkpoint_key_file",
    "clock_skew_ms",
    "database_url",
    "demo",
    "former_trading_keys",
    "fan_out_chunk",
    "health_port",
    "http_timeout_s",
    "instance_key_file",
    "late_leg_s",
    "lease_renew_s",
    "lease_ttl_s",
    "live_endpoint_override",
    "paper_url",
    "quarantine_after_s",
    "receive_window_ms",
    "require_bound_ip",
    "send_margin_ms",
    "session_pepper_file",
    "token_key_file",
    "shards",
    "trading_key_file",
    "trading_public_key_file",
    "trailing_pause_s",
    "unprotected_s_max",
    "visibility_delay_binance_s",
    "visibility_delay_bybit_s",
    "web_key_file",
    "webhook_key_file",
    "webhook_public_key_file",
}
FOR_THE_MACHINE = {
    "DATABASE_URL",
    "DATABASE_PASSWORD_FILE",
    "PATRIOT_UID",
    "PATRIOT_GID",
    "PATRIOT_KEYS",
    "PATRIOT_PORT",
}


def texts() -> Iterator[Path]:
    for folder in ("patriot_app", "daemon", "ops", "tests", "bench", "alembic"):
        yield from (ROOT / folder).rglob("*.py")
    yield from (ROOT / "docs").rglob("*.md")
    yield from ROOT.glob("*.md")


def test_every_decision_that_is_cited_is_on_record() -> None:
    cited = {
        (number, str(path.relative_to(ROOT)))
        for path in texts()
        for number in re.findall(r"\bADR-(\d{4})\b", path.read_text())
    }
    assert cited
    assert not {one for one in cited if one[0] not in ADRS}


def test_decisions_are_numbered_without_a_gap_and_say_their_status() -> None:
    assert sorted(ADRS) == [f"{number:04}" for number in range(1, len(ADRS) + 1)]
    for path in (ROOT / "docs" / "adr").glob("[0-9]*.md"):
        assert re.search(r"(?im)status", path.read_text()), path.name


def test_the_example_environment_names_every_setting_that_a_person_makes() -> None:
    text = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"(?m)^#?([A-Z][A-Z_]+)=", text))
    settings = {f"PATRIOT_{name.upper()}" for name in Settings.model_fields}
    by_hand = settings - {f"PATRIOT_{name.upper()}" for name in NOT_BY_HAND}
    assert named == by_hand | FOR_THE_MACHINE


def test_relative_links_of_the_documents_lead_somewhere() -> None:
    for path in texts():
        if path.suffix != ".md":
            continue
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_every_test_that_the_security_page_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "security.md").read_text()))
    written = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)\(", path.read_text(), re.MULTILINE)
    }
    assert len(named) > 50
    assert named <= written
