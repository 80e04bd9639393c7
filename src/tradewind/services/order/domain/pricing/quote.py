"""A quote: lines, promotions, a discount of staff's, shipping and tax, to the minor unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from tradewind.services.order.domain.pricing.lines import LineTotal, PricedLine, Totals
from tradewind.services.order.domain.pricing.promotions import (
    AppliedPromotion,
    Choice,
    Price,
    Promotion,
    choose,
    share_of,
    spread,
)
from tradewind.services.order.domain.pricing.shipping import ShippingPrice, shipping_price
from tradewind.services.order.domain.pricing.tax import Taxed, taxed


class Terms(msgspec.Struct, frozen=True):
    """What holds for the whole of it. `rates` maps a tax class to basis points, for the address and the moment
    that it is priced for; a class that is not there bears no tax."""

    currency: str
    rates: Mapping[str, int]
    prices_include_tax: bool = True
    shipping_tax_class: str = "standard"


class ManualDiscount(msgspec.Struct, frozen=True):
    """What staff take off all lines, after promotions: `basis_points` of a percentage, `amount_minor` of an amount
    (at most what is left). `reason` is shown as its name."""

    kind: Literal["percentage", "amount"]
    reason: str
    basis_points: int = 0
    amount_minor: int = 0


class Quote(msgspec.Struct, frozen=True):
    """`lines` are in the order of those that were priced. `promotions` are those that took something off, staff's
    own last. `shipping` is as it is charged, with its tax; its rate is `shipping_tax_basis_points`."""

    lines: list[LineTotal]
    totals: Totals
    promotions: list[AppliedPromotion] = []
    shipping_tax_basis_points: int = 0
    shipping_tax_minor: int = 0


def quote(
    lines: Sequence[PricedLine],
    terms: Terms,
    shipping: ShippingPrice | None = None,
    promotions: Sequence[Promotion] = (),
    manual: ManualDiscount | None = None,
) -> Quote:
    """What these lines cost. Pure: the same input gives the same cents, in a cart, an order, a draft, an edit.

    `lines` may hold lines that staff made up (PricedLine("CUSTOM-1", 2, 1500, "standard"): no product, no weight).
    `promotions` are those that can be used (see `promotion_problem`): the best way to take them is found here.
    `manual` is taken off what they left. Without `shipping`, nothing is charged for it. A draft:
    `quote(lines, Terms("EUR", rates), ShippingPrice(490), manual=ManualDiscount("percentage", "late", 1000))`.

    The lines' totals and shipping with its tax sum to `totals.total_minor`; their taxes to `totals.tax_minor`;
    the discounts of `promotions` to `totals.discount_minor` and `totals.shipping_discount_minor`.
    """
    weight_grams = sum(line.quantity * line.weight_grams for line in lines)

    def carriage(goods_minor: int) -> int:
        return 0 if shipping is None else shipping_price(shipping, goods_minor, weight_grams)

    choice = choose(promotions, lines, None if shipping is None else carriage)
    if manual is not None:
        choice = _with_manual(choice, manual, carriage)
    gross = [line.gross_minor for line in lines]
    totals = []
    for line, full, left in zip(lines, gross, choice.left, strict=True):
        rate = terms.rates.get(line.tax_class, 0)
        money = taxed(left, rate, included=terms.prices_include_tax)
        totals.append(
            LineTotal(line.sku, full - left, money.total_minor, rate, money.tax_minor, money.added_minor)
        )
    rate = terms.rates.get(terms.shipping_tax_class, 0)
    carried = taxed(choice.shipping_minor, rate, included=terms.prices_include_tax)
    return Quote(
        totals, _sums(terms, gross, choice, totals, carried), choice.applied, rate, carried.tax_minor
    )


def _with_manual(choice: Choice, manual: ManualDiscount, carriage: Price) -> Choice:
    left = sum(choice.left)
    wanted = share_of(left, manual.basis_points) if manual.kind == "percentage" else manual.amount_minor
    off = spread(min(wanted, left), choice.left)
    remains = [amount - share for amount, share in zip(choice.left, off, strict=True)]
    freed = any(one.kind == "free_shipping" for one in choice.applied)
    given = AppliedPromotion(None, manual.reason, "manual", None, sum(off), 0, off)
    applied = [*choice.applied, given] if sum(off) else choice.applied
    return Choice(applied, remains, choice.shipping_minor if freed else carriage(sum(remains)))


def _sums(
    terms: Terms, gross: Sequence[int], choice: Choice, lines: Sequence[LineTotal], carried: Taxed
) -> Totals:
    subtotal, discount = sum(gross), sum(gross) - sum(choice.left)
    added = sum(line.tax_added_minor for line in lines) + carried.added_minor
    return Totals(
        terms.currency,
        subtotal,
        discount,
        choice.shipping_minor,
        sum(line.tax_minor for line in lines) + carried.tax_minor,
        subtotal - discount + choice.shipping_minor + added,
        added,
        sum(one.shipping_discount_minor for one in choice.applied),
        terms.prices_include_tax,
    )
