"""Which time a report is about, and its pieces: days, ISO weeks and months as the clock on the wall has them. Pure.

A day of a changed clock has 23 or 25 hours. Every piece is half-open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from math import gcd
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tradewind.kernel.errors import Invalid
from tradewind.ports.analytics_store import Span
from tradewind.services.analytics.domain import microseconds

DEFAULT_DAYS: Final = 30
MOST_PERIODS: Final = 1100  # three years of days
EARLIEST, LATEST = date(1970, 1, 2), date(2200, 1, 1)


@lru_cache(maxsize=128)
def zone(name: str) -> ZoneInfo:
    """Raises Invalid."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid(
            "timezone_unknown", f"{name} is no time zone: use a name such as Europe/Berlin", field="timezone"
        ) from error


@dataclass(frozen=True, slots=True)
class Range:
    """From `start`, before `end`, both in the report's time zone."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    @property
    def span(self) -> Span:
        return Span(microseconds(self.start), microseconds(self.end))


@dataclass(frozen=True, slots=True)
class Piece:
    label: str
    start: datetime
    end: datetime


def asked_range(from_text: str | None, to_text: str | None, zone_name: str, now: datetime) -> Range:
    """Without an end it goes to the end of today, without a beginning DEFAULT_DAYS before its end.

    Raises Invalid, naming `from`, `to` or `timezone`.
    """
    here = zone(zone_name)
    end = _moment(to_text, "to", here) if to_text else _midnight(now.astimezone(here).date(), 1, here)
    start = _moment(from_text, "from", here) if from_text else _midnight(end.date(), -DEFAULT_DAYS, here)
    if _instant(start) >= _instant(end):
        raise Invalid(
            "range_empty", "`from` must be before `to`, which is not in the report itself", field="to"
        )
    return Range(start, end, here)


def _moment(text: str, field: str, here: ZoneInfo) -> datetime:
    try:
        if len(text) == len("2026-01-01"):
            at = _midnight(date.fromisoformat(text), 0, here)
        else:
            at = datetime.fromisoformat(text)
            at = at.replace(tzinfo=here) if at.tzinfo is None else at.astimezone(here)
            at = at.astimezone(UTC).astimezone(here)  # an hour that the clock leaves out
    except (ValueError, OverflowError) as error:
        raise Invalid(
            "invalid_parameter", f"{text} is no day or time of the calendar", field=field
        ) from error
    if not EARLIEST <= at.date() <= LATEST:
        raise Invalid("invalid_parameter", f"use a time between {EARLIEST} and {LATEST}", field=field)
    return at


def _midnight(day: date, days: int, here: ZoneInfo) -> datetime:
    """The day's first moment that the clock shows: not every zone has a midnight every day."""
    wall = datetime.combine(day + timedelta(days=days), time(), here)
    return wall.astimezone(UTC).astimezone(here)


def previous(of: Range, interval: str, comparison: str) -> Range | None:
    """The range before, of the same length on the wall's clock: as many months where it is whole months and they
    are counted by month, otherwise as many days. `year` is the same a year earlier."""
    if comparison in ("none", "false"):
        return None
    start, end = of.start, of.end
    if comparison == "year":
        return Range(_months_later(start, -12, of.zone), _months_later(end, -12, of.zone), of.zone)
    if interval == "month" and _begins_month(start) and _begins_month(end):
        months = (end.year - start.year) * 12 + end.month - start.month
        return Range(_months_later(start, -months, of.zone), start, of.zone)
    if start.timetz() == end.timetz():
        days = (end.date() - start.date()).days
        wall = datetime.combine(start.date() - timedelta(days=days), start.time(), of.zone)
        return Range(wall.astimezone(UTC).astimezone(of.zone), start, of.zone)
    return Range(
        (start.astimezone(UTC) - (end.astimezone(UTC) - start.astimezone(UTC))).astimezone(of.zone),
        start,
        of.zone,
    )


def _begins_month(at: datetime) -> bool:
    return at.day == 1 and at.time() == time()


def _months_later(at: datetime, months: int, here: ZoneInfo) -> datetime:
    number = at.year * 12 + at.month - 1 + months
    day = min(at.day, _days_in(number // 12, number % 12 + 1))
    wall = datetime.combine(date(number // 12, number % 12 + 1, day), at.time(), here)
    return wall.astimezone(UTC).astimezone(here)


def _days_in(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


def pieces(of: Range, interval: str) -> list[Piece]:
    """All of them, also those in which nothing happened; the first and the last may be a part of their period.

    Raises Invalid for more than anybody can look at.
    """
    found: list[Piece] = []
    first = _first_day(of.start.date(), interval)
    start = of.start
    while _instant(start) < _instant(of.end):
        if len(found) == MOST_PERIODS:
            raise Invalid(
                "too_many_periods",
                f"a report has at most {MOST_PERIODS} periods: ask for weeks or months",
                field="interval",
            )
        following = _following(first, interval)
        end = min(_midnight(following, 0, of.zone), of.end, key=_instant)
        if _instant(start) < _instant(end):  # Apia had no 30th of December 2011
            found.append(Piece(_label(first, interval), start, end))
        first, start = following, end
    return found


def _first_day(day: date, interval: str) -> date:
    if interval == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if interval == "month" else day


def _following(first: date, interval: str) -> date:
    if interval == "month":
        return date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first + timedelta(days=7 if interval == "week" else 1)


def _label(first: date, interval: str) -> str:
    if interval == "week":
        year, week, _ = first.isocalendar()
        return f"{year}-W{week:02}"
    return first.isoformat() if interval == "day" else f"{first:%Y-%m}"


def bucket_seconds(found: list[Piece]) -> int:
    """The largest bucket that no bound between two pieces cuts: a day in UTC, an hour in Berlin, a quarter of one
    in Nepal."""
    common = 86_400
    for piece in found[1:]:
        common = gcd(common, int(piece.start.timestamp()))
    return common


def _instant(at: datetime) -> float:
    """Two times of one zone compare by what the wall's clock shows, which it may show twice."""
    return at.timestamp()
