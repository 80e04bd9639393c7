"""Amounts and shares as they are typed: with a point or a comma, in the currency's major unit or in percent."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from tradewind.contracts.common import LARGEST_AMOUNT_MINOR
from tradewind.contracts.currencies import DIGITS


def minor_units(text: str, currency: str) -> int | None:
    """Of "12.5" or "12,50" EUR: 1250. None for what is no amount, or finer than the currency has units, and
    where there is no such currency."""
    try:
        amount = Decimal(text.replace(" ", "").replace(",", ".")).scaleb(DIGITS[currency])
        whole = int(amount)
    except (InvalidOperation, ValueError, OverflowError, KeyError):
        return None
    return whole if amount == whole and 0 <= whole <= LARGEST_AMOUNT_MINOR else None


def typed(amount_minor: int | None, currency: str) -> str:
    """As the field of a form shows it: 1250 EUR is 12.50."""
    if amount_minor is None:
        return ""
    return str(Decimal(amount_minor).scaleb(-DIGITS[currency]))


def basis_points(text: str) -> int | None:
    """Of "12.5" or "12,5" percent: 1250. None for what is no share from 0 to 100 percent, or finer than that."""
    try:
        points = Decimal(text.replace(",", ".")) * 100
    except InvalidOperation:
        return None
    return int(points) if points == points.to_integral_value() and 0 <= points <= 10_000 else None
