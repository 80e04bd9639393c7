"""Minor units of ISO 4217, as the shop counts, in the units that a processor counts in: exactly or not at all."""

from __future__ import annotations

from collections.abc import Mapping

from tradewind.contracts.currencies import DIGITS

# https://docs.stripe.com/currencies#special-cases: ISK and UGX are given with two digits that are zero, MGA
# with none; of the three digits of the others the last must be zero.
STRIPE_DIGITS: Mapping[str, int] = {**DIGITS, "ISK": 2, "UGX": 2, "MGA": 0}
_STRIPE_TENS = frozenset(currency for currency, digits in DIGITS.items() if digits == 3)

# https://developer.paypal.com/api/rest/reference/currency-codes/: all that PayPal takes.
_PAYPAL_TWO_DIGITS = """
AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD ILS MXN MYR NOK NZD PHP PLN SEK SGD THB USD
"""
PAYPAL_DIGITS: Mapping[str, int] = {
    **dict.fromkeys(_PAYPAL_TWO_DIGITS.split(), 2),
    **dict.fromkeys(("HUF", "JPY", "TWD"), 0),
}


def stripe_units(amount_minor: int, currency: str) -> int | None:
    """None: Stripe cannot take exactly this amount."""
    units = _scaled(amount_minor, DIGITS[currency], STRIPE_DIGITS[currency])
    return None if units is not None and currency in _STRIPE_TENS and units % 10 else units


def minor_of_stripe(units: int, currency: str) -> int:
    """What Stripe says, in minor units; a fraction of one, which nobody can owe, is dropped."""
    digits, theirs = DIGITS[currency], STRIPE_DIGITS[currency]
    return int(units * 10 ** (digits - theirs) if digits >= theirs else units // 10 ** (theirs - digits))


def paypal_value(amount_minor: int, currency: str) -> str | None:
    """`12.30`, or `1230` where PayPal has no decimals. None: PayPal cannot take exactly this amount."""
    if currency not in PAYPAL_DIGITS:
        return None
    digits = PAYPAL_DIGITS[currency]
    units = _scaled(amount_minor, DIGITS[currency], digits)
    if units is None or digits == 0:
        return None if units is None else str(units)
    return f"{units // 10**digits}.{units % 10**digits:0{digits}d}"


def minor_of_paypal(value: str, currency: str) -> int:
    """Raises ValueError for a value that is no amount of this currency."""
    whole, _, fraction = value.partition(".")
    digits = DIGITS[currency]
    if len(fraction.rstrip("0")) > digits:
        raise ValueError(f"{value} {currency} has a fraction of a minor unit")
    return int(whole + fraction[:digits].ljust(digits, "0"))


def _scaled(amount_minor: int, ours: int, theirs: int) -> int | None:
    if theirs >= ours:
        return int(amount_minor * 10 ** (theirs - ours))
    units, rest = divmod(amount_minor, 10 ** (ours - theirs))
    return None if rest else int(units)
