"""What a parcel costs and where a zone lies, as they are typed: one step or one area a line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tradewind.faces.backoffice.amounts import minor_units, typed, typed_kilograms
from tradewind.faces.kit.visit import Fields, Visit

_STEP = re.compile(r"(?P<up_to>[0-9][0-9., ]*)(?P<grams>k?g)?\s*[:=]\s*(?P<price>[0-9][0-9., ]*)", re.ASCII)
_AREA = re.compile(r"(?P<country>[A-Za-z]{2})(\s*:\s*(?P<codes>.+))?")
_CODE = re.compile(r"!?[A-Za-z0-9]{1,10}(-[A-Za-z0-9]{1,10})?")


def prices(visit: Visit, form: Fields) -> tuple[dict[str, Any], dict[str, str]]:
    """By currency, and the codes of mistakes by field. Without a price it does not go in that currency."""
    found: dict[str, Any] = {}
    mistakes: dict[str, str] = {}
    for currency in visit.settings.currencies:
        price, free, steps = (form[f"{name}_{currency}"] for name in ("price", "free", "steps"))
        if not price and not free and not steps:
            continue
        found[currency] = {"price_minor": minor_units(price, currency)}
        if found[currency]["price_minor"] is None:
            mistakes[f"price_{currency}"] = "amount_invalid"
        if free:
            found[currency]["free_from_minor"] = minor_units(free, currency)
            if found[currency]["free_from_minor"] is None:
                mistakes[f"free_{currency}"] = "amount_invalid"
        found[currency]["steps"] = _steps(steps, currency)
        if found[currency]["steps"] is None:
            mistakes[f"steps_{currency}"] = "steps_invalid"
    if not found:
        mistakes[f"price_{visit.settings.currency}"] = "required"
    return found, mistakes


def _steps(text: str, currency: str) -> list[dict[str, int]] | None:
    """Of "2 kg: 4.90" or "50: 2.90", one a line: up to that weight, or up to that value of the goods."""
    steps = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        match = _STEP.fullmatch(line)
        price = minor_units(match["price"], currency) if match else None
        if match is None or price is None:
            return None
        scale = {"kg": "KWD", "g": "JPY", None: currency}[match["grams"]]  # as many digits as the unit has
        bound = minor_units(match["up_to"], scale)
        if bound is None:
            return None
        steps.append({"price_minor": price, "up_to_grams" if match["grams"] else "up_to_minor": bound})
    return steps


def written_steps(price: Mapping[str, Any], currency: str) -> str:
    lines = []
    for step in price.get("steps", []):
        if step.get("up_to_grams"):
            bound = f"{typed_kilograms(step['up_to_grams'], 'en')} kg"
        else:
            bound = typed(step.get("up_to_minor", 0), currency)
        lines.append(f"{bound}: {typed(step['price_minor'], currency)}")
    return "\n".join(lines)


def areas(text: str) -> list[dict[str, Any]] | None:
    """Of "DE: 20, 21000-21149, !27498", one country a line; what a ! stands before is left out."""
    found = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        match = _AREA.fullmatch(line)
        codes = re.split(r"[\s,;]+", match["codes"].strip()) if match and match["codes"] else []
        if match is None or not all(_CODE.fullmatch(code) for code in codes):
            return None
        found.append(
            {
                "country": match["country"].upper(),
                "postal_codes": [code for code in codes if not code.startswith("!")],
                "except_postal_codes": [code[1:] for code in codes if code.startswith("!")],
            }
        )
    return found or None


def written_areas(zone: Mapping[str, Any]) -> str:
    lines = []
    for area in zone.get("areas", []):
        codes = [*area.get("postal_codes", []), *(f"!{c}" for c in area.get("except_postal_codes", []))]
        lines.append(area["country"] + (f": {', '.join(codes)}" if codes else ""))
    return "\n".join(lines)
