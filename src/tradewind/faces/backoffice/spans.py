"""The span of time that figures are asked for: so many days until today, where the shop keeps its hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit


@dataclass(frozen=True, slots=True)
class Choice:
    days: int
    title: str
    interval: str


CHOICES = {
    "7": Choice(7, marked("7 days"), "day"),
    "30": Choice(30, marked("30 days"), "day"),
    "90": Choice(90, marked("90 days"), "week"),
    "365": Choice(365, marked("12 months"), "month"),
}
INTERVALS = {"day": marked("By day"), "week": marked("By week"), "month": marked("By month")}
DEFAULT = "30"


@dataclass(frozen=True, slots=True)
class Span:
    """Both days are included."""

    name: str
    first: date
    last: date
    interval: str
    zone: str

    @property
    def asked(self) -> Mapping[str, str]:
        """As the reports take it: from, and before."""
        return {
            "from": self.first.isoformat(),
            "to": (self.last + timedelta(days=1)).isoformat(),
            "timezone": self.zone,
        }


def midnight(text: str, zone: str, days: int = 0) -> str | None:
    """When that day begins where the shop is, or so many days later; None for what is no day."""
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
        return datetime.combine(day, time(), ZoneInfo(zone)).isoformat()
    except (ValueError, OverflowError):
        return None


def today(zone: str) -> date:
    return datetime.now(ZoneInfo(zone)).date()


def chosen(visit: Visit) -> Span:
    """By ?span=, or by ?from= and ?to=; days that are none, or the wrong way round, are as good as not given."""
    zone, query = visit.settings.time_zone, visit.query
    last = _day(query["to"]) or today(zone)
    first = _day(query["from"])
    name = query["span"] if query["span"] in CHOICES else DEFAULT
    if first is not None and first <= last:
        name, interval = "", "day" if (last - first).days <= 62 else "month"
    else:
        last = today(zone)
        first, interval = last - timedelta(days=CHOICES[name].days - 1), CHOICES[name].interval
    if query["interval"] in INTERVALS:
        interval = query["interval"]
    return Span(name, first, last, interval, zone)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(1900, 1, 1) <= day <= date(9000, 1, 1) else None
