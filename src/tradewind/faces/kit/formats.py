"""Numbers and times as people read them in their language."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import dates, numbers

from tradewind.contracts.currencies import DIGITS
from tradewind.kernel.languages import locale


@lru_cache(maxsize=5_000)
def compact_money(amount_minor: int, currency: str, language: str) -> str:
    """For figures at a glance: €12K."""
    amount = Decimal(amount_minor).scaleb(-DIGITS[currency])
    return numbers.format_compact_currency(amount, currency, locale=locale(language), fraction_digits=1)


def number(value: float, language: str) -> str:
    return numbers.format_decimal(value, locale=locale(language))


def percent(share: float, language: str) -> str:
    return numbers.format_percent(share, locale=locale(language), format="#,##0.0%")


def whole_percent(share: float, language: str) -> str:
    return numbers.format_percent(share, locale=locale(language), format="#,##0%")


def moment(value: str | datetime, language: str, zone: str = "UTC") -> str:
    """Date and time, to the minute."""
    at = _time(value).astimezone(ZoneInfo(zone))
    clock = dates.format_time(at, "short", locale=locale(language))
    return f"{dates.format_date(at, 'medium', locale=locale(language))}, {clock}"


def day(value: str | datetime, language: str, zone: str = "UTC") -> str:
    return dates.format_date(_time(value).astimezone(ZoneInfo(zone)), "medium", locale=locale(language))


def ago(value: str | datetime, now: datetime, language: str) -> str:
    """3 minutes ago, vor 3 Minuten."""
    return dates.format_timedelta(_time(value) - now, add_direction=True, locale=locale(language))


def country(code: str, language: str) -> str:
    """Germany, Deutschland; the code itself where it has no name."""
    territories = locale(language).territories
    return str(territories.get(code, code))


def _time(value: str | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
