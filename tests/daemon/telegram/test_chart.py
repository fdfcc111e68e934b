"""The picture of a period: a PNG of a known size, the same for the same values."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from PIL import Image

from daemon.telegram import chart

START = datetime(2026, 5, 4, tzinfo=UTC)


def picture_of(*values: str) -> bytes:
    points = [(START + timedelta(hours=at), Decimal(value)) for at, value in enumerate(values)]
    return chart.draw(points, title="USDT", top="+1", bottom="−2 USDT")


def colours(picture: bytes) -> set[tuple[int, ...]]:
    image = Image.open(BytesIO(picture))
    assert image.size == (chart.WIDTH, chart.HEIGHT)
    return {image.getpixel((x, y)) for x in range(chart.WIDTH) for y in range(30, 370)}  # type: ignore[misc]


@pytest.mark.parametrize(("last", "colour"), [("5", chart.GAIN), ("-5", chart.LOSS)])
def test_the_line_has_the_colour_of_its_end(last: str, colour: tuple[int, int, int]) -> None:
    assert colour in colours(picture_of("0", "2", last))


def test_the_same_values_make_the_same_picture() -> None:
    assert picture_of("0", "1", "2") == picture_of("0", "1", "2")


def test_a_flat_curve_and_one_moment_are_drawn_too() -> None:
    assert picture_of("0", "0")
    at = [(START, Decimal(1)), (START, Decimal(2))]
    assert chart.draw(at, title="", top="", bottom="")
