"""How countries write the end of an address: the postal code's form, and whether a region is needed.

From the Universal Postal Union's country sheets, for the countries that a shop ships to most. Of others
nothing is required: a wrong refusal costs an order, a missing code a delay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class PostalForm:
    """`pattern` None: the country has no postal codes, or none that a letter needs."""

    pattern: re.Pattern[str] | None
    example: str = ""
    region: bool = False


def _form(pattern: str, example: str, *, region: bool = False) -> PostalForm:
    return PostalForm(re.compile(pattern, re.ASCII), example, region)


_FOUR = _form(r"\d{4}", "1010")
_FIVE = _form(r"\d{5}", "10115")
_SIX = _form(r"\d{6}", "010011")
_THREE_TWO = _form(r"\d{3} ?\d{2}", "110 00")

POSTAL_FORMS: dict[str, PostalForm] = {
    **dict.fromkeys(("AT", "BE", "BG", "CH", "CY", "DK", "HU", "LI", "LU", "NO", "NZ", "SI", "ZA"), _FOUR),
    **dict.fromkeys(("DE", "EE", "ES", "FI", "FR", "HR", "IT", "RS", "SM", "TH", "TR", "UA", "VA"), _FIVE),
    **dict.fromkeys(("RO", "SG"), _SIX),
    **dict.fromkeys(("CZ", "GR", "SE", "SK"), _THREE_TWO),
    "AD": _form(r"AD\d{3}", "AD500"),
    "AE": PostalForm(None, region=True),
    "AU": _form(r"\d{4}", "2060", region=True),
    "BR": _form(r"\d{5}-?\d{3}", "01310-100", region=True),
    "CA": _form(r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d", "K1A 0B1", region=True),
    "CN": _form(r"\d{6}", "100000", region=True),
    "GB": _form(r"GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", "SW1A 1AA"),
    "HK": PostalForm(None),
    "IE": PostalForm(None),
    "IL": _form(r"\d{5}(\d{2})?", "9614303"),
    "IN": _form(r"[1-9]\d{2} ?\d{3}", "110001", region=True),
    "IS": _form(r"\d{3}", "101"),
    "JP": _form(r"\d{3}-?\d{4}", "100-0001", region=True),
    "KR": _form(r"\d{5}", "03051", region=True),
    "LT": _form(r"(LT-)?\d{5}", "LT-01100"),
    "LV": _form(r"(LV-)?\d{4}", "LV-1010"),
    "MC": _form(r"980\d{2}", "98000"),
    "MT": _form(r"[A-Z]{3} ?\d{4}", "VLT 1117"),
    "MX": _form(r"\d{5}", "06000", region=True),
    "NL": _form(r"[1-9]\d{3} ?[A-Z]{2}", "1012 AB"),
    "PL": _form(r"\d{2}-\d{3}", "00-950"),
    "PT": _form(r"\d{4}-\d{3}", "1000-205"),
    "TW": _form(r"\d{3}(\d{2,3})?", "100"),
    "US": _form(r"\d{5}(-\d{4})?", "95014", region=True),
}
