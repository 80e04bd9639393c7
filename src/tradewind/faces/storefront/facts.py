"""A product's attributes as a person reads them: {"height_mm": 240} is Height, 24 cm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.faces.kit import formats
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit

UNITS = {
    "mm": "mm", "cm": "cm", "m": "m", "ml": "ml", "l": "l", "g": "g", "kg": "kg", "gsm": "g/m²", "watts": "W",
    "hours": "h", "ohm": "Ω",
}  # fmt: skip
NAMES = {
    "bluetooth": marked("Bluetooth"),
    "bulb": marked("Bulb"),
    "burn_time": marked("Burns for"),
    "cable": marked("Cable"),
    "capacity": marked("Holds"),
    "care": marked("Care"),
    "cordless": marked("Cordless"),
    "delivered_flat": marked("Delivered flat"),
    "depth": marked("Depth"),
    "diameter": marked("Diameter"),
    "dimmable": marked("Dimmable"),
    "dishwasher_safe": marked("Dishwasher-safe"),
    "drainage_hole": marked("Drainage hole"),
    "entrance": marked("Entrance"),
    "frost_proof": marked("Frost-proof"),
    "guarantee_years": marked("Years of guarantee"),
    "height": marked("Height"),
    "impedance": marked("Impedance"),
    "induction": marked("Works on induction"),
    "length": marked("Length"),
    "made_by_hand": marked("Made by hand"),
    "material": marked("Material"),
    "max_load": marked("Carries up to"),
    "microwave_safe": marked("Microwave-safe"),
    "noise_cancelling": marked("Noise cancelling"),
    "origin": marked("Made in"),
    "oven_safe": marked("Oven-safe"),
    "power": marked("Power"),
    "removable_cover": marked("Removable cover"),
    "reversible": marked("Reversible"),
    "run_time": marked("Runs for"),
    "scented": marked("Scented"),
    "set_of": marked("Pieces in the set"),
    "splash_proof": marked("Splash-proof"),
    "waterproof": marked("Waterproof"),
    "weight": marked("Weight"),
    "width": marked("Width"),
}


def facts_of(visit: Visit, attributes: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values in the visitor's language, as far as a name is known to us."""
    return [_fact(visit, name, value) for name, value in attributes.items() if value not in ("", [], None)]


def _fact(visit: Visit, name: str, value: Any) -> tuple[str, str]:
    stem, _, suffix = name.rpartition("_")
    unit = UNITS.get(suffix, "") if stem and isinstance(value, int | float) else ""
    known = stem if unit else name
    label = visit.gettext(NAMES[known]) if known in NAMES else known.replace("_", " ").capitalize()
    return label, _shown(visit, value, unit)


def _shown(visit: Visit, value: Any, unit: str) -> str:
    if isinstance(value, bool):
        return visit.gettext("yes") if value else visit.gettext("no")
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, int | float):
        if unit == "mm" and value >= 100:
            value, unit = value / 10, "cm"
        return f"{formats.number(value, visit.language)} {unit}".strip()
    return str(value)
