"""Times on pages: the same instant, worded in the zone that the person who looks chose."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Page, expect

from ops.home import CHECKOUT

pytestmark = pytest.mark.e2e

ZONES = ("Europe/Kyiv", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
"""One each: common, west of UTC, a clock change of half an hour, no whole hour."""
SCRIPT = CHECKOUT / "assets" / "patriot.js"
SINCE, HOURS = datetime(2025, 1, 1, tzinfo=UTC), 24 * 366
_TITLES = "() => [...document.querySelectorAll('time')].map((node) => node.title)"


def telling_moments(zone: str) -> Iterator[datetime]:
    """Return moments over a year, each week one, and those around every change of the clock."""
    local = ZoneInfo(zone)
    for hours in range(HOURS):
        at = SINCE + timedelta(hours=hours)
        later = at + timedelta(hours=1)
        if at.astimezone(local).utcoffset() != later.astimezone(local).utcoffset():
            yield from (at + timedelta(minutes=minutes) for minutes in range(-60, 121, 15))
        elif hours % (24 * 7) == 0:
            yield at + timedelta(minutes=hours % 60, seconds=hours % 59)


async def show(page: Page, zone: str, moments: Sequence[datetime], *, how: str = "") -> list[str]:
    """Return what a page says on hover about some moments, for a person with this zone."""
    times = [
        f'<time data-served="plain" datetime="{at:%Y-%m-%dT%H:%M:%S.000Z}" {how}>?</time>'
        for at in moments
    ]
    await page.set_content(f'<main data-zone="{zone}">{"".join(times)}</main>')
    await page.add_script_tag(path=SCRIPT)
    await expect(page.locator("time").last).not_to_have_text("?")
    titles: list[str] = await page.evaluate(_TITLES)
    return titles


@pytest.mark.parametrize("zone", ZONES)
async def test_a_time_is_the_same_instant_in_every_zone(chromium: Browser, zone: str) -> None:
    moments = list(telling_moments(zone))
    page = await chromium.new_page()
    titles = await show(page, zone, moments)
    await page.close()
    for at, title in zip(moments, titles, strict=True):
        day, time, name, offset = title.split()
        told = datetime.fromisoformat(f"{day}T{time}{offset.removeprefix('(UTC').rstrip(')')}")
        assert (told, name) == (at, zone)
        assert told.utcoffset() == at.astimezone(ZoneInfo(zone)).utcoffset(), title
    assert len(set(titles)) == len(set(moments)), "two instants are told apart"


async def test_the_record_and_unknown_zones_are_told_in_utc(chromium: Browser) -> None:
    at = datetime(2026, 7, 4, 22, 30, 5, tzinfo=UTC)
    page = await chromium.new_page()
    for zone, how in (("Europe/Kyiv", "data-utc"), ("Nowhere/Land", ""), ("", ""), ("UTC", "")):
        assert await show(page, zone, [at], how=how) == ["2026-07-04 22:30:05 UTC"]
    assert await show(page, "Europe/Kyiv", [at], how="data-exact") == [""]
    shown = page.get_by_text("2026-07-05 01:30:05 Europe/Kyiv (UTC+03:00)", exact=True)
    await expect(shown).to_be_visible()
    await page.close()
