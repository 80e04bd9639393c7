"""What a cart costs: lines, discount, shipping, tax. Pure, in integer minor units of one currency.

Prices include tax. A discount is shared over the lines by largest remainder, so that the lines sum to the
total to the last cent; tax is what is contained in each line's total after its share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from tradewind.contracts.common import round_minor, share_out

BASIS_POINTS = 10_000


class PricedLine(msgspec.Struct, frozen=True):
    """One SKU with the price it is offered at."""

    sku: str
    quantity: int
    unit_price_minor: int
    tax_class: str


class ShippingPrice(msgspec.Struct, frozen=True):
    """`free_from_minor`: from this subtotal after discount on, it costs nothing."""

    price_minor: int
    free_from_minor: int | None = None


class Discount(msgspec.Struct, frozen=True):
    code: str
    kind: Literal["percentage", "amount", "free_shipping"]
    basis_points: int | None
    amount_minor: int | None
    currency: str | None
    minimum_minor: int
    most_uses: int | None
    uses: int
    starts_at: datetime | None
    ends_at: datetime | None
    active: bool


class LineTotal(msgspec.Struct, frozen=True):
    sku: str
    discount_minor: int
    total_minor: int
    tax_basis_points: int
    tax_minor: int


class Totals(msgspec.Struct, frozen=True):
    """`tax_minor` is contained in `total_minor`, not added to it."""

    currency: str
    subtotal_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int


class Quote(msgspec.Struct, frozen=True):
    lines: list[LineTotal]
    totals: Totals


def quote(
    lines: Sequence[PricedLine],
    currency: str,
    shipping: ShippingPrice | None,
    discount: Discount | None,
    rates: Mapping[str, int],
) -> Quote:
    """`rates` maps a tax class to basis points; a class that is not there bears no tax."""
    gross = [line.quantity * line.unit_price_minor for line in lines]
    subtotal = sum(gross)
    off = discount_amount(discount, subtotal)
    shares = share_out(off, gross) if off else [0] * len(lines)
    priced = []
    for line, amount, share in zip(lines, gross, shares, strict=True):
        rate = rates.get(line.tax_class, 0)
        total = amount - share
        priced.append(LineTotal(line.sku, share, total, rate, contained_tax(total, rate)))
    shipped = shipping_amount(shipping, discount, subtotal - off)
    tax = sum(line.tax_minor for line in priced) + contained_tax(shipped, rates.get("standard", 0))
    totals = Totals(currency, subtotal, off, shipped, tax, subtotal - off + shipped)
    return Quote(priced, totals)


def contained_tax(total_minor: int, basis_points: int) -> int:
    """The tax inside a price that includes it."""
    return round_minor(Decimal(total_minor * basis_points) / Decimal(BASIS_POINTS + basis_points))


def discount_amount(discount: Discount | None, subtotal_minor: int) -> int:
    if discount is None or subtotal_minor < discount.minimum_minor:
        return 0
    if discount.kind == "percentage":
        assert discount.basis_points is not None
        return round_minor(Decimal(subtotal_minor * discount.basis_points) / Decimal(BASIS_POINTS))
    if discount.kind == "amount":
        assert discount.amount_minor is not None
        return min(discount.amount_minor, subtotal_minor)
    return 0


def shipping_amount(shipping: ShippingPrice | None, discount: Discount | None, goods_minor: int) -> int:
    if shipping is None or (discount is not None and discount.kind == "free_shipping"):
        return 0
    if shipping.free_from_minor is not None and goods_minor >= shipping.free_from_minor:
        return 0
    return shipping.price_minor


def discount_problem(
    discount: Discount | None, currency: str, subtotal_minor: int, now: datetime
) -> str | None:
    """Why a code cannot be used now, as a code of its own; None when it can."""
    if discount is None or not discount.active:
        return "discount_unknown"
    if discount.starts_at is not None and now < discount.starts_at:
        return "discount_not_yet_valid"
    if discount.ends_at is not None and now >= discount.ends_at:
        return "discount_expired"
    if discount.most_uses is not None and discount.uses >= discount.most_uses:
        return "discount_used_up"
    if discount.currency is not None and discount.currency != currency:
        return "discount_other_currency"
    if subtotal_minor < discount.minimum_minor:
        return "discount_minimum_not_reached"
    return None


def capture_share(total_minor: int, quantity: int, fulfilled_before: int, fulfilled_after: int) -> int:
    """What of a line's total falls on the pieces after `fulfilled_before` up to `fulfilled_after`.

    Cumulative, so that the shares of all parcels sum to the line's total whatever their sizes.
    """
    return total_minor * fulfilled_after // quantity - total_minor * fulfilled_before // quantity
