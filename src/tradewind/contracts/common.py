"""Words that every service shares: money, addresses, pages. Pure: no I/O, no transport."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")

LARGEST_AMOUNT_MINOR = 10**13  # far above any order, far below what int64 holds a million times
LARGEST_QUANTITY = 10_000  # of one SKU in one line
MOST_LINES = 100  # in one cart

# `$` also matches before a last line break: where the length does not tell, `(?!\n)` refuses that.
AmountMinor = Annotated[int, Meta(ge=0, le=LARGEST_AMOUNT_MINOR, description="integer minor units")]
CurrencyCode = Annotated[
    str, Meta(pattern="^[A-Z]{3}$", max_length=3, description="ISO 4217", examples=["EUR"])
]
CountryCode = Annotated[
    str, Meta(pattern="^[A-Z]{2}$", max_length=2, description="ISO 3166-1 alpha-2", examples=["DE"])
]
Sku = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\s\x00-\x1f](.*[^\s\x00-\x1f])?$(?!\n)")]
Quantity = Annotated[int, Meta(ge=1, le=LARGEST_QUANTITY)]
Email = Annotated[
    str, Meta(max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]+$(?!\n)")
]
Limit = Annotated[int, Meta(ge=1, le=100)]
Language = Literal["en", "de"]  # that people are written to in


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of what clients send: an unknown field is refused, not ignored."""


class Money(msgspec.Struct, frozen=True, order=True):
    """`amount_minor` counts the currency's smallest unit: cents of EUR, yen of JPY, fils of KWD."""

    amount_minor: int
    currency: str


class Page(msgspec.Struct, Generic[T], frozen=True):
    """`next` is the cursor of the following page; null on the last."""

    items: list[T]
    next: str | None = None


class Address(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A postal address as its country writes it; `country` decides which parts it needs."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]
    line1: Annotated[str, Meta(min_length=1, max_length=120)]
    city: Annotated[str, Meta(min_length=1, max_length=80)]
    country: CountryCode
    line2: Annotated[str, Meta(max_length=120)] = ""
    postal_code: Annotated[str, Meta(max_length=20)] = ""
    region: Annotated[str, Meta(max_length=80)] = ""
    phone: Annotated[str, Meta(max_length=32)] = ""
    company: Annotated[str, Meta(max_length=120)] = ""


def round_minor(amount: Decimal) -> int:
    """The one rounding of money: half to even, to whole minor units."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def share_out(total: int, weights: Sequence[int]) -> list[int]:
    """`total` minor units in proportion to `weights`, by largest remainder: the shares sum to `total`.

    Ties go to the earlier weight. With weights that sum to zero, the first takes all.
    Raises ValueError on a negative weight, or on no weights.
    """
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("weights must be non-negative, and at least one")
    whole = sum(weights)
    if whole == 0:
        return [total] + [0] * (len(weights) - 1)
    shares = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    for index in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[: total - sum(shares)]:
        shares[index] += 1
    return shares
