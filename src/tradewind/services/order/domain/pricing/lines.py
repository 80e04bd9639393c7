"""Lines, what they come to, and how a line's money falls on its pieces."""

from __future__ import annotations

from uuid import UUID

import msgspec


class PricedLine(msgspec.Struct, frozen=True):
    """One SKU with the price it is offered at. `product_id` is None for a line that staff made up; `group_ids`
    are the categories (with those above them) and the brand that a promotion may be for."""

    sku: str
    quantity: int
    unit_price_minor: int
    tax_class: str
    product_id: UUID | None = None
    group_ids: tuple[UUID, ...] = ()
    weight_grams: int = 0

    @property
    def gross_minor(self) -> int:
        return self.quantity * self.unit_price_minor


class LineTotal(msgspec.Struct, frozen=True):
    """`total_minor` is what is charged: after its share of discounts, with the tax that is added to it.
    `tax_minor` is the tax within it, of which `tax_added_minor` was not in the price."""

    sku: str
    discount_minor: int
    total_minor: int
    tax_basis_points: int
    tax_minor: int
    tax_added_minor: int = 0


class Totals(msgspec.Struct, frozen=True):
    """total = subtotal - discount + shipping + tax added. `tax_minor` is all tax within the total; where prices
    include tax, none is added. `shipping_minor` is after `shipping_discount_minor` was taken off it."""

    currency: str
    subtotal_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int
    tax_added_minor: int = 0
    shipping_discount_minor: int = 0
    prices_include_tax: bool = True


def capture_share(total_minor: int, quantity: int, before: int, after: int) -> int:
    """What of a line's amount falls on its pieces after the first `before` up to the first `after`.

    Cumulative, so that the shares of all parcels, or of all refunds, sum to the whole whatever their sizes;
    of the line's total as of the tax within it.
    """
    return total_minor * after // quantity - total_minor * before // quantity
