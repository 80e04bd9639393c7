"""Which addresses a warehouse is near to, as it is typed: "DE: 20, 21 = 10", one country and distance a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.languages import locale

FARTHEST, MOST_REGIONS = 1000, 500
UNREADABLE = marked(
    "“%(line)s” cannot be read. Write a country, beginnings of postal codes where only a part, and how far it is: "
    "DE: 20, 21 = 10."
)
NO_COUNTRY = marked("“%(line)s”: there is no country %(country)s. Write its two letters, such as DE = 10.")
TOO_FAR = marked("“%(line)s”: how far it is goes from 0 to 1000, such as DE: 20 = 10.")
RANGE = marked("“%(line)s”: %(code)s is a range. Write beginnings of postal codes, such as DE: 20, 211 = 10.")
TWICE = marked("“%(line)s”: %(region)s stands in it twice, or in a line above. Name it once.")
TOO_MANY = marked("These are more than %(bound)s.")
_LINE = re.compile(
    r"(?P<country>[A-Za-z]{2})(\s*:\s*(?P<codes>[^:=]*[^:=\s]))?(\s*=\s*(?P<distance>[0-9]{1,9}))?", re.ASCII
)
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,19}", re.ASCII)


class Unclear(Exception):
    """A line that cannot be taken; says which, and what would be right."""


def regions(visit: Visit, text: str) -> list[dict[str, Any]]:
    """Raises Unclear. Without a distance it is 0, the nearest; spaces part codes as commas do."""
    found: dict[tuple[str, str], int] = {}
    for line in written_lines(text):
        country, codes, distance = _read(visit, line)
        for code in codes:
            if (country, code) in found:
                raise Unclear(visit.gettext(TWICE, line=line, region=f"{country} {code}".strip()))
            found[country, code] = distance
    if len(found) > MOST_REGIONS:
        raise Unclear(visit.gettext(TOO_MANY, bound=MOST_REGIONS))
    return [{"country": at, "postal_prefix": code, "distance": far} for (at, code), far in found.items()]


def written_lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def written_regions(kept: Sequence[dict[str, Any]]) -> str:
    lines: dict[tuple[str, int, bool], list[str]] = {}
    for region in kept:
        code = region["postal_prefix"].replace(" ", "")
        lines.setdefault((region["country"], region["distance"], bool(code)), []).append(code)
    return "\n".join(
        f"{country}{': ' if part else ''}{', '.join(codes) if part else ''} = {distance}"
        for (country, distance, part), codes in lines.items()
    )


def _read(visit: Visit, line: str) -> tuple[str, list[str], int]:
    match = _LINE.fullmatch(line)
    if match is None:
        raise Unclear(visit.gettext(UNREADABLE, line=line))
    country, distance = match["country"].upper(), int(match["distance"] or 0)
    codes = [code for code in re.split(r"[\s,;]+", (match["codes"] or "").upper()) if code] or [""]
    if country not in locale("en").territories:
        raise Unclear(visit.gettext(NO_COUNTRY, line=line, country=country))
    if distance > FARTHEST:
        raise Unclear(visit.gettext(TOO_FAR, line=line))
    for code in filter(None, codes):
        if _CODE.fullmatch(code) is None:
            raise Unclear(visit.gettext(UNREADABLE, line=line))
        first, _, last = code.partition("-")
        if len(first) == len(last) and first < last:
            raise Unclear(visit.gettext(RANGE, line=line, code=code))
    return country, codes, distance
