"""Exact parts of a minor unit, as money that people read. Pure."""

from __future__ import annotations

from decimal import Decimal

from tradewind.contracts.common import round_minor
from tradewind.contracts.currencies import DIGITS
from tradewind.ports.analytics_store import PARTS_PER_MINOR, Sales
from tradewind.services.analytics.shapes import Amounts

_PART_DIGITS = len(str(PARTS_PER_MINOR)) - 1


def exact(parts: int, currency: str) -> str:
    """Major units, with the currency's own digits and as many more as there are: 4.95, 4.953, 495."""
    digits = DIGITS[currency] + _PART_DIGITS
    sign, whole = ("-", -parts) if parts < 0 else ("", parts)
    fraction = f"{whole % 10**digits:0{digits}d}"
    kept = fraction[: DIGITS[currency]] + fraction[DIGITS[currency] :].rstrip("0")
    return f"{sign}{whole // 10**digits}{'.' if kept else ''}{kept}"


def rounded_minor(parts: int) -> int:
    return round_minor(Decimal(parts) / PARTS_PER_MINOR)


def added(*sales: Sales) -> Sales:
    return Sales(
        sum(of.gross_parts for of in sales),
        sum(of.refund_parts for of in sales),
        sum(of.orders for of in sales),
        sum(of.units for of in sales),
        sum(of.returned_units for of in sales),
        any(of.demo for of in sales),
        sum(of.charged_back_parts for of in sales),
    )


def less(whole: Sales, *parts: Sales) -> Sales:
    """What of `whole` is in none of `parts`. Orders are left: one order may be in several."""
    taken = added(*parts)
    return Sales(
        whole.gross_parts - taken.gross_parts,
        whole.refund_parts - taken.refund_parts,
        max(whole.orders - taken.orders, 0),
        whole.units - taken.units,
        whole.returned_units - taken.returned_units,
        whole.demo,
        whole.charged_back_parts - taken.charged_back_parts,
    )


def amounts(of: Sales, currency: str) -> Amounts:
    average = rounded_minor_of(of.gross_parts, of.orders)
    return Amounts(
        gross_minor=rounded_minor(of.gross_parts),
        refunds_minor=rounded_minor(of.refund_parts),
        charge_backs_minor=rounded_minor(of.charged_back_parts),
        net_minor=rounded_minor(of.net_parts),
        gross=exact(of.gross_parts, currency),
        refunds=exact(of.refund_parts, currency),
        charge_backs=exact(of.charged_back_parts, currency),
        net=exact(of.net_parts, currency),
        orders=of.orders,
        units=of.units,
        returned_units=of.returned_units,
        average_order_minor=average,
    )


def rounded_minor_of(parts: int, orders: int) -> int:
    """The share of one order; 0 without any."""
    return round_minor(Decimal(parts) / (PARTS_PER_MINOR * orders)) if orders else 0
