"""Amounts, shares and weights as they are typed: with a point or a comma, in the currency's major unit, in percent or
in kilograms."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from babel import numbers

from tradewind.contracts.common import LARGEST_AMOUNT_MINOR
from tradewind.contracts.currencies import DIGITS
from tradewind.kernel.languages import locale

MOST_GRAMS = 10**9


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


def grams(text: str) -> int | None:
    """Of "0.5" or "0,5" kilograms: 500. None for what is no weight, none at all, or finer than a gram."""
    try:
        found = Decimal(text.replace(" ", "").replace(",", ".")) * 1000
    except InvalidOperation:
        return None
    return int(found) if found == found.to_integral_value() and 0 < found <= MOST_GRAMS else None


def typed_kilograms(weight_grams: int | None, language: str) -> str:
    """As the field of a form shows it: 31500 is 31.5, or 31,5."""
    if weight_grams is None:
        return ""
    return numbers.format_decimal(Decimal(weight_grams) / 1000, "0.###", locale(language))
