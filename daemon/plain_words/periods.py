"""Stretches of time as people name them, as half-open days: "this week", "за місяць", "с 5 мая"."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

DAYS_MAX = 3_660


@dataclass(frozen=True, slots=True)
class NamedPeriod:
    """Days from `start` up to and without `end`."""

    start: date
    end: date


_MONTHS = (
    r"januar\w*|jan\b|січ\w+|январ\w+",
    r"februar\w*|feb\b|лют\w+|феврал\w+",
    r"march|mar\b|берез\w+|март\w*",
    r"april|apr\b|квіт\w+|апрел\w+",
    r"may\b(?! i\b| we\b| be\b| you\b)|трав(?:ень|ня|ні)|ма[йея]\b",
    r"june|jun\b|черв(?:ень|ня|ні)|июн\w+",
    r"july|jul\b|лип(?:ень|ня|ні)|июл\w+",
    r"august|aug\b|серп\w+|август\w*",
    r"septem\w*|sept?\b|верес\w+|сентябр\w+",
    r"octob\w*|oct\b|жовт\w+|октябр\w+",
    r"novem\w*|nov\b|листопад\w*|ноябр\w+",
    r"decem\w*|dec\b|груд(?:ень|ня|ні)|декабр\w+",
)
_MONTH = "|".join(f"(?P<m{number}>{names})" for number, names in enumerate(_MONTHS, 1))
_SINCE = r"(?:since|from|з|від|із|с|со|от)"
_OVER = r"(?:(?:for|over|in|during|within|за|протягом|упродовж|в течение|в|у|на)\s+)?(?:the\s+)?"
_LAST = r"(?:last|past|previous|минул\w+|останн\w+|попередн\w+|прошл\w+|последн\w+|предыдущ\w+)"
_THIS = r"(?:this|current|цей|цього|ця|цієї|цьому|ці|поточн\w+|эт\w+|текущ\w+)"
_DAY, _WEEK = r"(?:days?|день|дні|днів|дня|дней|d\b)", r"(?:weeks?|тижд\w+|тижн\w+|недел\w+|w\b)"
_MON, _YEAR = r"(?:months?|місяц\w+|месяц\w*)", r"(?:years?|рік|року|роки|год|года|лет|роц\w+)"


def _months_back(day: date, count: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    return date(year, month + 1, 1)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _counted(found: re.Match[str], today: date) -> NamedPeriod | None:
    count = int(found["n"])
    days = count * (1 if found["d"] else 7 if found["w"] else 30 if found["mo"] else 365)
    if not 0 < days <= DAYS_MAX:
        return None
    return NamedPeriod(today - timedelta(days=days - 1), today + timedelta(days=1))


def _one(found: re.Match[str], today: date) -> NamedPeriod:
    """Read "this" and "last" of a unit; the unit alone is as many days back ("за неделю")."""
    tomorrow = today + timedelta(days=1)
    if found["w"]:
        monday = _monday(today)
        whole = NamedPeriod(monday, tomorrow), NamedPeriod(monday - timedelta(days=7), monday)
        back = 7
    elif found["mo"]:
        first = today.replace(day=1)
        whole = NamedPeriod(first, tomorrow), NamedPeriod(_months_back(today, 1), first)
        back = 30
    else:
        first = date(today.year, 1, 1)
        whole = NamedPeriod(first, tomorrow), NamedPeriod(date(today.year - 1, 1, 1), first)
        back = 365
    if found["this"]:
        return whole[0]
    if found["last"]:
        return whole[1]
    return NamedPeriod(tomorrow - timedelta(days=back), tomorrow)


def _named_month(found: re.Match[str], today: date) -> NamedPeriod | None:
    number = next(month for month in range(1, 13) if found[f"m{month}"])
    day = int(found["day"]) if found["day"] else None
    year = int(found["year"]) if found["year"] else today.year
    try:
        start = date(year, number, day or 1)
        if not found["year"] and start > today:
            start = date(year - 1, number, day or 1)
    except ValueError:
        return None
    return _closed(found, start, is_month=day is None, today=today)


def _written(found: re.Match[str], today: date) -> NamedPeriod | None:
    try:
        start = (
            date.fromisoformat(found["iso"])
            if found["iso"]
            else date(int(found["yy"] or today.year), int(found["mm"]), int(found["dd"]))
        )
    except ValueError:
        return None
    return _closed(found, start, is_month=False, today=today)


def _closed(
    found: re.Match[str], start: date, *, is_month: bool, today: date
) -> NamedPeriod | None:
    if found["since"]:
        end = today + timedelta(days=1)
    elif is_month:
        end = _months_back(start, -1)
    else:
        end = start + timedelta(days=1)
    return NamedPeriod(start, end) if start < end else None


def _from(days: int, length: int = 1) -> Callable[[re.Match[str], date], NamedPeriod]:
    return lambda _, today: NamedPeriod(
        today - timedelta(days=days), today - timedelta(days=days - length)
    )


def _year_so_far(_: re.Match[str], today: date) -> NamedPeriod:
    return NamedPeriod(date(today.year, 1, 1), today + timedelta(days=1))


def _month_so_far(_: re.Match[str], today: date) -> NamedPeriod:
    return NamedPeriod(today.replace(day=1), today + timedelta(days=1))


def _week_so_far(_: re.Match[str], today: date) -> NamedPeriod:
    return NamedPeriod(_monday(today), today + timedelta(days=1))


def _ever(_: re.Match[str], today: date) -> NamedPeriod:
    return NamedPeriod(today - timedelta(days=DAYS_MAX), today + timedelta(days=1))


_UNIT = rf"(?:(?P<w>{_WEEK})|(?P<mo>{_MON})|(?P<y>{_YEAR}))"
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], NamedPeriod | None]], ...] = (
    (
        re.compile(
            rf"\b{_OVER}(?:{_LAST}\s+)?(?P<n>\d{{1,4}})\s*"
            rf"(?:(?P<d>{_DAY})|(?P<w>{_WEEK})|(?P<mo>{_MON})|{_YEAR})(?:\s+(?:тому|назад|ago))?\b"
        ),
        _counted,
    ),
    (re.compile(r"\b(?:ytd|year to date)\b"), _year_so_far),
    (
        re.compile(
            rf"\b(?:{_SINCE}\s+)?(?:the\s+)?(?:початк\w+|начал\w+|beginning of(?: the)?|start of(?: the)?)\s+{_YEAR}\b"
        ),
        _year_so_far,
    ),
    (
        re.compile(
            rf"\b(?:{_SINCE}\s+)?(?:the\s+)?(?:початк\w+|начал\w+|beginning of(?: the)?|start of(?: the)?)\s+{_MON}\b"
        ),
        _month_so_far,
    ),
    (
        re.compile(
            rf"\b(?:{_SINCE}\s+)?(?:the\s+)?(?:початк\w+|начал\w+|beginning of(?: the)?|start of(?: the)?)\s+{_WEEK}\b"
        ),
        _week_so_far,
    ),
    (re.compile(r"\b(?:the day before yesterday|позавчора|позавчера)\b"), _from(2)),
    (re.compile(r"\b(?:yesterday\w?|вчора\w*|вчера\w*)\b"), _from(1)),
    (re.compile(r"\b(?:today\w?|tonight|сьогодн\w*|сегодн\w*)\b"), _from(0)),
    (
        re.compile(
            rf"\b(?:{_SINCE}\s+)?{_OVER}(?:(?P<last>{_LAST})|(?P<this>{_THIS}))\s+{_UNIT}\b"
        ),
        _one,
    ),
    (re.compile(rf"\b(?:за|a|per|за весь|the)\s+(?P<last>\b\B)?(?P<this>\b\B)?{_UNIT}\b"), _one),
    (
        re.compile(
            r"\b(?:all time|for ever|overall|since inception|since the start|за весь час"
            r"|за все время|за весь период|за весь період|з самого початку|с самого начала)\b"
        ),
        _ever,
    ),
    (
        re.compile(
            rf"\b(?:(?P<since>{_SINCE})\s+)?{_OVER}(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th|го|е)?\s+)?"
            rf"(?:{_MONTH})(?:\s+(?P<year>20\d\d))?\b"
        ),
        _named_month,
    ),
    (
        re.compile(
            rf"\b(?:(?P<since>{_SINCE})\s+)?{_OVER}(?:(?P<iso>20\d\d-\d\d-\d\d)"
            r"|(?P<dd>\d{1,2})[./](?P<mm>\d{1,2})(?:[./](?P<yy>20\d\d))?)(?!\d|\s*%)"
        ),
        _written,
    ),
)


def find_period(told: str, *, today: date) -> tuple[NamedPeriod, str] | None:
    """Return the first period named in a normalised message, and the message with it marked.

    Args:
        today: the day that "today" is, in the person's own time.
    """
    for pattern, read in _RULES:
        for found in pattern.finditer(told):
            period = read(found, today)
            if period is not None:
                return period, f"{told[: found.start()]} §period {told[found.end() :]}"
    return None
