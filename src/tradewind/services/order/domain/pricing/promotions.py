"""Promotions: which of them a cart meets, what each takes off, and which of them are taken together.

Those that combine are taken together, in the order of their priority (the highest first, then the older one),
each on what the earlier ones left. One that does not combine stands alone. Of all these ways, and of taking none,
the one with the lowest total is the shopper's; between equals, the one whose first has the higher priority.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

import msgspec

from tradewind.contracts.common import round_minor, share_out
from tradewind.services.order.domain.pricing.lines import PricedLine
from tradewind.services.order.domain.pricing.tax import BASIS_POINTS

Kind = Literal["percentage", "amount", "buy_x_get_y", "free_shipping"]
Price = Callable[[int], int]  # of shipping, by what the goods come to after discounts


class Promotion(msgspec.Struct, frozen=True):
    """`code` is the one by which this cart has it; None for one that comes by itself. `customer_uses` are those of
    the cart's customer. Without `product_ids` and `category_ids` it is for everything."""

    promotion_id: UUID
    name: str
    kind: Kind
    basis_points: int | None = (
        None  # of percentage; of buy_x_get_y, what is taken off the pieces that are got
    )
    amount_minor: int | None = None
    currency: str | None = None
    buy_quantity: int | None = None
    get_quantity: int | None = None
    product_ids: list[UUID] = []
    category_ids: list[UUID] = []
    get_product_ids: list[UUID] = []
    minimum_minor: int = 0
    minimum_quantity: int = 0
    most_uses: int | None = None
    uses: int = 0
    most_uses_each: int | None = None
    customer_uses: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    active: bool = True
    automatic: bool = False
    combinable: bool = False
    priority: int = 0
    code: str | None = None
    code_most_uses: int | None = None
    code_uses: int = 0


class AppliedPromotion(msgspec.Struct, frozen=True):
    """What one promotion took off: `line_discounts` are the shares of the lines, in their order.
    A discount that staff gave has no `promotion_id`; its name is the reason."""

    promotion_id: UUID | None
    name: str
    kind: str
    code: str | None
    discount_minor: int
    shipping_discount_minor: int
    line_discounts: list[int]


class Choice(msgspec.Struct, frozen=True):
    """`left` is what remains to be paid of each line; `shipping_minor` of shipping."""

    applied: list[AppliedPromotion]
    left: list[int]
    shipping_minor: int


def promotion_problem(
    promotion: Promotion | None, currency: str, lines: Sequence[PricedLine] | None, now: datetime
) -> str | None:
    """Why it cannot be used now, as a code of its own; None when it can. Without `lines`, what the cart holds is
    not looked at: it may still grow."""
    if promotion is None or not promotion.active:
        return "discount_unknown"
    if promotion.starts_at is not None and now < promotion.starts_at:
        return "discount_not_yet_valid"
    if promotion.ends_at is not None and now >= promotion.ends_at:
        return "discount_expired"
    if _spent(promotion.uses, promotion.most_uses) or _spent(promotion.code_uses, promotion.code_most_uses):
        return "discount_used_up"
    if _spent(promotion.customer_uses, promotion.most_uses_each):
        return "discount_used_by_customer"
    if promotion.currency is not None and promotion.currency != currency:
        return "discount_other_currency"
    if lines is None:
        return None
    wanted = [line for line in lines if matches(promotion, line)]
    if not wanted:
        return "discount_nothing_matches"
    if sum(line.gross_minor for line in wanted) < promotion.minimum_minor:
        return "discount_minimum_not_reached"
    if sum(line.quantity for line in wanted) < promotion.minimum_quantity:
        return "discount_minimum_not_reached"
    return None


def _spent(uses: int, most: int | None) -> bool:
    return most is not None and uses >= most


def matches(promotion: Promotion, line: PricedLine) -> bool:
    if not promotion.product_ids and not promotion.category_ids:
        return True
    return line.product_id in promotion.product_ids or any(
        group in promotion.category_ids for group in line.group_ids
    )


def choose(promotions: Sequence[Promotion], lines: Sequence[PricedLine], shipping: Price | None) -> Choice:
    """The best way for the shopper to take these. Each of them can be used: see `promotion_problem`."""
    if not promotions:
        return _taken((), lines, shipping)
    ordered = sorted(promotions, key=lambda p: (-p.priority, p.promotion_id))
    together = [p for p in ordered if p.combinable]
    ways = [[p] for p in ordered if not p.combinable]
    if together:
        ways.append(together)
    ways.sort(key=lambda way: (-way[0].priority, way[0].promotion_id))
    choices = [_taken(way, lines, shipping) for way in [*ways, []]]
    return min(choices, key=lambda choice: sum(choice.left) + choice.shipping_minor)


def _taken(promotions: Sequence[Promotion], lines: Sequence[PricedLine], shipping: Price | None) -> Choice:
    left = [line.gross_minor for line in lines]
    offs = []
    for promotion in promotions:
        off = _off(promotion, lines, left)
        left = [amount - share for amount, share in zip(left, off, strict=True)]
        offs.append(off)
    carriage = 0 if shipping is None else shipping(sum(left))
    applied = []
    for promotion, off in zip(promotions, offs, strict=True):
        frees = promotion.kind == "free_shipping"
        carried = carriage if frees else 0
        carriage -= carried
        if sum(off) or carried or (frees and shipping is None):
            applied.append(
                AppliedPromotion(
                    promotion.promotion_id,
                    promotion.name,
                    promotion.kind,
                    promotion.code,
                    sum(off),
                    carried,
                    off,
                )
            )
    return Choice(applied, left, carriage)


def _off(promotion: Promotion, lines: Sequence[PricedLine], left: Sequence[int]) -> list[int]:
    """What it takes off each line, of what earlier ones left."""
    if promotion.kind == "free_shipping":
        return [0] * len(lines)
    if promotion.kind == "buy_x_get_y":
        return _off_pieces(promotion, lines, left)
    weights = [amount if matches(promotion, line) else 0 for line, amount in zip(lines, left, strict=True)]
    base = sum(weights)
    if promotion.kind == "percentage":
        assert promotion.basis_points is not None, "a percentage has its share"
        return spread(share_of(base, promotion.basis_points), weights)
    assert promotion.amount_minor is not None, "an amount has its amount"
    return spread(min(promotion.amount_minor, base), weights)


def share_of(amount_minor: int, basis_points: int) -> int:
    return round_minor(Decimal(amount_minor * basis_points) / Decimal(BASIS_POINTS))


def spread(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """By largest remainder; each share at most its weight where the amount is at most their sum."""
    return share_out(amount_minor, weights) if amount_minor else [0] * len(weights)


def _off_pieces(promotion: Promotion, lines: Sequence[PricedLine], left: Sequence[int]) -> list[int]:
    """Buy so many, get so many: the cheapest pieces are those that are got. Without products of their own, they
    are among what was bought."""
    buy, get = promotion.buy_quantity, promotion.get_quantity
    assert buy is not None, "checked when it was made"
    assert get is not None, "checked when it was made"
    share = BASIS_POINTS if promotion.basis_points is None else promotion.basis_points
    others = promotion.get_product_ids
    if others:
        got = [i for i, line in enumerate(lines) if line.product_id in others]
        bought = sum(
            line.quantity for i, line in enumerate(lines) if i not in got and matches(promotion, line)
        )
        pieces = min(bought // buy * get, sum(lines[i].quantity for i in got))
    else:
        got = [i for i, line in enumerate(lines) if matches(promotion, line)]
        pieces = sum(lines[i].quantity for i in got) // (buy + get) * get
    off = [0] * len(lines)
    for index in sorted(got, key=lambda i: (lines[i].unit_price_minor, i)):
        taken = min(pieces, lines[index].quantity)
        pieces -= taken
        off[index] = share_of(left[index] * taken // lines[index].quantity, share)
    return off
