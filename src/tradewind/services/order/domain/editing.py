"""What an order costs after an edit. Pure, in integer minor units of its currency.

What was sold keeps its price and the discount a piece was sold with: fewer pieces take their part of it along, more
pieces get more of it only where it was a percentage. Each line is priced by the one quote, with what is taken off it
as staff's discount; what does not change stays as it is to the cent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from tradewind.contracts.common import share_out
from tradewind.services.order.domain.after_sale import Pieces
from tradewind.services.order.domain.pricing import (
    LineTotal,
    ManualDiscount,
    PricedLine,
    ShippingPrice,
    Terms,
    Totals,
    capture_share,
    quote,
)
from tradewind.services.order.domain.pricing.tax import contained_tax


class SoldLine(msgspec.Struct, frozen=True):
    """A line as the order has it."""

    sku: str
    quantity: int
    unit_price_minor: int
    discount_minor: int
    total_minor: int
    tax_basis_points: int
    tax_minor: int
    tax_added_minor: int


class TakenOff(msgspec.Struct, frozen=True):
    """What one promotion took off the order: `line_discounts` in the order of its lines."""

    kind: str
    line_discounts: list[int]
    shipping_discount_minor: int = 0


class NewLine(msgspec.Struct, frozen=True):
    """A SKU that the order has not, at the price that it is offered at or that staff named."""

    sku: str
    quantity: int
    unit_price_minor: int
    tax_basis_points: int


class Carriage(msgspec.Struct, frozen=True):
    """What the parcel's way costs, with the tax within it and what of that was added to the price."""

    shipping_minor: int
    discount_minor: int
    tax_basis_points: int
    tax_minor: int
    tax_added_minor: int


class Edited(msgspec.Struct, frozen=True):
    """`lines` are those that are left, in their order, then the new ones; `taken_off` says for each promotion what
    it takes off these."""

    lines: list[LineTotal]
    taken_off: list[list[int]]
    totals: Totals
    shipping_tax_basis_points: int


def edited(
    terms: Terms,
    sold: Sequence[SoldLine],
    taken_off: Sequence[TakenOff],
    wanted: Mapping[str, int],
    new: Sequence[NewLine],
    carriage: Carriage,
    rates: Mapping[str, int] | None,
) -> Edited:
    """`wanted` says how many of a sold SKU there are to be; 0 takes the line out. `rates`, by SKU, hold where the
    order goes elsewhere: without them each line keeps its own."""
    totals, prices = list[LineTotal](), list[tuple[int, int]]()
    shares: list[list[int]] = [[] for _ in taken_off]
    for index, line in enumerate(sold):
        quantity = wanted.get(line.sku, line.quantity)
        if quantity == 0:
            continue
        offs = [one.line_discounts[index] for one in taken_off]
        rate = line.tax_basis_points if rates is None else rates.get(line.sku, 0)
        if quantity == line.quantity and rate == line.tax_basis_points:
            total, parts = _as_sold(line), offs
        elif quantity <= line.quantity and rate == line.tax_basis_points:
            total = _fewer(terms, line, quantity)
            parts = _spread(total.discount_minor, line.discount_minor, offs)
        else:
            grows = [one.kind == "percentage" for one in taken_off]
            parts = [
                _more(off, line.quantity, quantity) if g else off for off, g in zip(offs, grows, strict=True)
            ]
            off = line.discount_minor - sum(offs) + sum(parts)
            total = _priced(terms, line.sku, quantity, line.unit_price_minor, rate, off)
        totals.append(total)
        for share, part in zip(shares, parts, strict=True):
            share.append(part)
        prices.append((quantity, line.unit_price_minor))
    for added in new:
        totals.append(
            _priced(terms, added.sku, added.quantity, added.unit_price_minor, added.tax_basis_points, 0)
        )
        prices.append((added.quantity, added.unit_price_minor))
        for share in shares:
            share.append(0)
    return Edited(totals, shares, _sums(terms, totals, prices, carriage), carriage.tax_basis_points)


def _more(discount_minor: int, before: int, after: int) -> int:
    return discount_minor * after // before


def _fewer(terms: Terms, line: SoldLine, quantity: int) -> LineTotal:
    """What parcels capture for so many pieces of it, to the cent: a line that was sent in part stays consistent."""
    total = capture_share(line.total_minor, line.quantity, 0, quantity)
    added = capture_share(line.tax_added_minor, line.quantity, 0, quantity)
    off = quantity * line.unit_price_minor + added - total
    tax = (
        contained_tax(total, line.tax_basis_points)
        if terms.prices_include_tax
        else capture_share(line.tax_minor, line.quantity, 0, quantity)
    )
    return LineTotal(line.sku, off, total, line.tax_basis_points, tax, added)


def _spread(off: int, before: int, parts: Sequence[int]) -> list[int]:
    """A smaller discount over the promotions that it came of (and over what came of none)."""
    rest = before - sum(parts)
    return share_out(off, [*parts, rest])[:-1] if before else [0] * len(parts)


def _as_sold(line: SoldLine) -> LineTotal:
    return LineTotal(
        line.sku,
        line.discount_minor,
        line.total_minor,
        line.tax_basis_points,
        line.tax_minor,
        line.tax_added_minor,
    )


def _priced(terms: Terms, sku: str, quantity: int, price_minor: int, rate: int, off: int) -> LineTotal:
    alone = Terms(terms.currency, {sku: rate}, terms.prices_include_tax)
    manual = ManualDiscount("amount", "as it was sold", amount_minor=off) if off else None
    return quote([PricedLine(sku, quantity, price_minor, sku)], alone, manual=manual).lines[0]


def carried(terms: Terms, price_minor: int, rate: int, *, free: bool) -> Carriage:
    """Another way of shipping, at its price; `free` where a promotion bears that."""
    if free:
        return Carriage(0, price_minor, rate, 0, 0)
    alone = Terms(terms.currency, {terms.shipping_tax_class: rate}, terms.prices_include_tax)
    quoted = quote([], alone, ShippingPrice(price_minor))
    added = quoted.totals.tax_added_minor
    return Carriage(price_minor, 0, rate, quoted.shipping_tax_minor, added)


def _sums(
    terms: Terms, lines: Sequence[LineTotal], prices: Sequence[tuple[int, int]], carriage: Carriage
) -> Totals:
    subtotal = sum(quantity * price for quantity, price in prices)
    discount = sum(line.discount_minor for line in lines)
    added = sum(line.tax_added_minor for line in lines) + carriage.tax_added_minor
    return Totals(
        terms.currency,
        subtotal,
        discount,
        carriage.shipping_minor,
        sum(line.tax_minor for line in lines) + carriage.tax_minor,
        subtotal - discount + carriage.shipping_minor + added,
        added,
        carriage.discount_minor,
        terms.prices_include_tax,
    )


def stock_changes(before: Mapping[str, int], after: Mapping[str, int]) -> tuple[list[Pieces], list[Pieces]]:
    """What has to be held more, and what less, by SKU."""
    skus = sorted({*before, *after})
    differences = [(sku, after.get(sku, 0) - before.get(sku, 0)) for sku in skus]
    more = [Pieces(sku, difference) for sku, difference in differences if difference > 0]
    return more, [Pieces(sku, -difference) for sku, difference in differences if difference < 0]
