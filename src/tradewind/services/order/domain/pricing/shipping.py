"""What a parcel's way costs, and where a zone lies."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

_LEFT_OUT = re.compile(r"[\s-]")


class ShippingStep(msgspec.Struct, frozen=True, omit_defaults=True):
    """Holds up to this weight, up to this value of the goods, or both; a bound that is None does not bind."""

    price_minor: int
    up_to_grams: int | None = None
    up_to_minor: int | None = None


class ShippingPrice(msgspec.Struct, frozen=True):
    """The first of `steps` that holds, else `price_minor`. From `free_from_minor` on, of goods after discounts,
    it costs nothing."""

    price_minor: int
    free_from_minor: int | None = None
    steps: list[ShippingStep] = []


class Area(msgspec.Struct, frozen=True):
    """Part of a zone. A postal code is written by its beginning ("20", "SW1") or as a range of beginnings of
    equal length ("20000-21149", "01-09"); none means the whole country."""

    country: str
    postal_codes: list[str] = []
    except_postal_codes: list[str] = []


def shipping_price(price: ShippingPrice, goods_minor: int, weight_grams: int) -> int:
    if price.free_from_minor is not None and goods_minor >= price.free_from_minor:
        return 0
    for step in price.steps:
        if (step.up_to_grams is None or weight_grams <= step.up_to_grams) and (
            step.up_to_minor is None or goods_minor <= step.up_to_minor
        ):
            return step.price_minor
    return price.price_minor


def serves(areas: Sequence[Area], country: str, postal_code: str) -> bool:
    """Whether the address lies in one of these areas."""
    code = _plain(postal_code)
    return any(
        area.country == country
        and (not area.postal_codes or _listed(code, area.postal_codes))
        and not _listed(code, area.except_postal_codes)
        for area in areas
    )


def _listed(code: str, patterns: Sequence[str]) -> bool:
    return any(_covers(pattern, code) for pattern in patterns)


def _covers(pattern: str, code: str) -> bool:
    first, _, last = pattern.partition("-")
    first, last = _plain(first), _plain(last)
    if not last:
        return code.startswith(first)
    return len(code) >= len(first) and first <= code[: len(first)] <= last


def _plain(postal_code: str) -> str:
    return _LEFT_OUT.sub("", postal_code).upper()
