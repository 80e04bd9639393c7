"""Amounts of money as people write them in their language."""

from __future__ import annotations

import re
from copy import copy
from decimal import Decimal
from functools import cache, lru_cache

from babel.numbers import NumberPattern

from tradewind.contracts.currencies import DIGITS
from tradewind.kernel.languages import locale

# KWD1.234: where CLDR has a space that Babel leaves out.
_LETTER_BY_DIGIT = re.compile(r"(?<=[A-Za-z])(?=\d)")


@lru_cache(maxsize=20_000)
def money(amount_minor: int, currency: str, language: str) -> str:
    """1234 EUR is €12.34 in English, 12,34 € in German. As many decimals as the currency has: CLDR leaves some
    out that a total must not lose."""
    digits = DIGITS[currency]
    amount = Decimal(amount_minor).scaleb(-digits)
    shown: str = _pattern(language, digits).apply(
        amount, locale(language), currency=currency, currency_digits=False
    )
    return _LETTER_BY_DIGIT.sub("\xa0", shown)


@cache
def _pattern(language: str, digits: int) -> NumberPattern:
    pattern: NumberPattern = copy(locale(language).currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    return pattern
